//! The codes that the cloud publishes for the operations about Express Connect Routers that are called.

pub(super) const CODES: &[(&str, &str)] = &[
    (
        "AttachExpressConnectRouterChildInstance",
        "Conflict.ASNOfVBR Conflict.Lock IllegalParam.%s IllegalParamFormat.%s IncorrectStatus.Ecr IncorrectStatus.EcrAssociation InternalErrorTemp MissingParam.%s OperationDenied.CrossAccountDisassociating OperationDenied.EcrAttachmentExisted OperationDenied.ForceDeleting OperationDenied.VbrAlreadyAttachedToCen OperationDenied.VbrAlreadyAttachedToEcr OperationDenied.VbrDoesNotSupportMpbgp OperationDenied.VbrHasBgpGroupInMiddleStatus OperationDenied.VbrHasRouteEntryInMiddleStatus OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi ResourceAlreadyExist.ChildInstanceId ResourceNotFound.AssociationId ResourceNotFound.EcrId UnsupportedFeature.JumboFrame UnsupportedRegion",
    ),
    (
        "CreateExpressConnectRouter",
        "Conflict.ASNOfECR Conflict.Lock IllegalParam.AlibabaSideAsn IllegalParamFormat.%s MissingParam.%s OperationFailed.UserNotInWhiteList QuotaExceeded.EcrCountPerUser",
    ),
    (
        "CreateExpressConnectRouterAssociation",
        "Conflict.ASNOfVBR Conflict.AllowedPrefixes Conflict.Lock ExclusiveParam.TransitRouterIdAndVpcId IllegalParamFormat.%s IllegalParamFormat.AllowedPrefixes IllegalParamFormat.CenId IllegalParamSize.AllowedPrefixes IncorrectStatus.Ecr InternalErrorTemp MissingParam.%s OperationDenied.AttachmentInCurrentRegionExisted OperationDenied.CrossAccountAttaching OperationDenied.CrossBidAssociating OperationDenied.ForceDeleting OperationDenied.NotGrantedByNodeOwner OperationFailed.CallingVpcYaochi OperationFailed.CdtCrossBoarderNotOpened OperationFailed.CdtNotOpened OperationFailed.CrossBorderNotAllowed OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi QuotaExceeded.TrCountPerEcr QuotaExceeded.VpcCountPerEcr ResourceAlreadyExist.TransitRouterId ResourceAlreadyExist.VpcId ResourceNotFound.CenId ResourceNotFound.EcrId ResourceNotFound.TrId UnsupportedFeature.JumboFrame UnsupportedRegion",
    ),
    (
        "DeleteExpressConnectRouter",
        "Conflict.Lock IllegalParamFormat.%s IncorrectStatus.Ecr MissingParam.%s ResourceInUse.Ecr ResourceNotFound.EcrId",
    ),
    (
        "DeleteExpressConnectRouterAssociation",
        "Conflict.Lock IllegalParamFormat.%s IncorrectStatus.Ecr IncorrectStatus.EcrAssociation MissingParam.%s OperationDenied.CrossAccountDisassociating OperationDenied.EcrAttachmentExisted OperationDenied.ForceDeleting OperationFailed.CallingVpcYaochi OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi OperationFailed.UsedInRouteEntryNextHop ResourceNotFound.AssociationId ResourceNotFound.EcrId UnsupportedRegion",
    ),
    (
        "DescribeExpressConnectRouter",
        "IllegalParam.%s IllegalParamFormat.%s",
    ),
    (
        "DescribeExpressConnectRouterAssociation",
        "IllegalParam.%s IllegalParamFormat.%s MissingParam.%s ResourceNotFound.EcrId",
    ),
    (
        "DescribeExpressConnectRouterChildInstance",
        "IllegalParam.%s IllegalParamFormat.%s MissingParam.%s ResourceNotFound.EcrId",
    ),
    (
        "DescribeInstanceGrantedToExpressConnectRouter",
        "IllegalParam.%s IllegalParamFormat.%s MissingParam.%s",
    ),
    (
        "DetachExpressConnectRouterChildInstance",
        "Conflict.Lock IllegalParam.%s IllegalParamFormat.%s IncorrectStatus.Ecr IncorrectStatus.EcrAssociation MissingParam.%s OperationDenied.CrossAccountDisassociating OperationDenied.EcrAttachmentExisted OperationDenied.ForceDeleting OperationDenied.VbrHasBgpGroupInMiddleStatus OperationDenied.VbrHasRouteEntryInMiddleStatus OperationDenied.VbrUsedInVbrHa OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi ResourceInUse.HaVbrGroup ResourceNotFound.AssociationId ResourceNotFound.EcrId UnsupportedRegion",
    ),
    (
        "GrantInstanceToExpressConnectRouter",
        "Conflict.Lock IllegalParam.%s IllegalParam.EcrOwnerAliUid IllegalParam.InstanceOwnerId IllegalParamFormat.%s MissingParam.%s OperationFailed.CallingVpcYaochi ResourceNotFound.EcrId",
    ),
    (
        "RevokeInstanceFromExpressConnectRouter",
        "Conflict.Lock IllegalParam.%s IllegalParamFormat.%s MissingParam.%s OperationFailed.CallingVpcYaochi",
    ),
];
