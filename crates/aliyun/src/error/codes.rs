//! Looking up the table.

use landbridge_core::backend::{CodeTable, LetterCase};

use super::table::TABLE;

/// What the codes mean, in the order of the docs. A literal code must match to the letter; patterns ignore case, because
/// the permission codes come in several.
pub const CODES: CodeTable = CodeTable::new(TABLE, LetterCase::Exact);

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::ErrorKind::{self, *};

    fn kind(action: &str, code: &str) -> Option<ErrorKind> {
        CODES.lookup(action, code).map(|row| row.kind)
    }

    #[test]
    fn the_table_contradicts_itself_nowhere() {
        assert_eq!(CODES.mistakes(), [""; 0]);
    }

    // The codes of the operations in use, by what the published lists say a client should do.
    const EXPECTED: &[(ErrorKind, &str)] = &[
        (ClockSkew, "InvalidTimeStamp.Expired"),
        (
            Unavailable,
            "SignatureNonceUsed ServiceUnavailable InternalError UnknownError",
        ),
        (
            Unauthenticated,
            "SignatureDoesNotMatch IncompleteSignature InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive Forbidden.AccessKeyDisabled",
        ),
        (
            SessionExpired,
            "MissingSecurityToken InvalidSecurityToken.Expired InvalidSecurityToken.Malformed InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (
            Throttled,
            "Throttling Throttling.User Throttling.Api Throttling.ConcurrentLimitExceeded Rejected.Throttling Some.Throttling.Kind",
        ),
        (
            PermissionDenied,
            "NoPermission Forbidden.RAM Forbidden NoPermission.VSwitch Forbidden.Whatever FORBIDDEN.whatever Forbbiden Forbbiden.Other NoPermission.AliyunServiceRoleForCEN",
        ),
        (
            Busy,
            "IdempotentProcessing LastTokenProcessing TokenProcessing OperationFailed.IdempotentTokenProcessing OperationFailed.LastTokenProcessing",
        ),
        (
            Busy,
            "Operation.Blocking IncorrectStatus.Status IncorrectStatus.TransitRouter IncorrectStatus.TransitRouterInstance IncorrectStatus.TransitRouterAttachment IncorrectStatus.CenInstance InvalidOperation.CenInstanceStatus IncorrectStatus.Attachment IncorrectStatus.AttachmentOrRouteTable IncorrectStatus.Vpc IncorrectStatus.VpcResource IncorrectStatus.VpcSwitch IncorrectStatus.VpcOrVswitch IncorrectStatus.VpcRouteTable IncorrectStatus.VpcRouteEntry InstanceStatus.NotSupport InvalidStatus.ResourceStatus OperationFailed.TaskConflict TaskConflict OperationFailed.CreateRouteEntryWithSameDestinationCidrBlock",
        ),
        (
            Busy,
            "OperationConflict IncorrectVpcStatus IncorrectVSwitchStatus IncorrectStatus IncorrectStatus.cbnStatus CreateVSwitch.IncorrectStatus.cbnStatus DeleteVSwitch.IncorrectStatus.cbnStatus OperationFailed.NotifyCenCreate OperationFailed.QueryCenIpv6Status InvalidStatus.RouteEntry IncorrectRouteEntryStatus IncorrcetRouteEntryStatus IncorrectInstanceStatus IncorrectHaVipStatus InvalidVBRStatus IncorrectStatus.RouteTableStatus IncorrectStatus.RouterInterface IncorrectStatus.Ipv4Gateway IncorrectStatus.Ipv6Address IncorrectStatus.PrefixList IncorrectStatus.MultiScopeRiRouteEntry IncorrectStatus.CenRelation OperationDenied.OtherSubnetProcessing OperationDenied.VbrAttachEcrInMiddleStatus OperationFailed.DistibuteLock SystemBusy",
        ),
        (
            Busy,
            "Conflict.Lock IncorrectStatus.Ecr IncorrectStatus.EcrAssociation IncorrectStatus.EcrResource OperationDenied.VbrHasRouteEntryInMiddleStatus OperationDenied.ForceDeleting OperationDenied.CrossAccountDisassociating OperationFailed.CallingVpcYaochi OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi IncorrectStatus.VpcPeer IncorrectStatus.AcceptingVpc IncorrectInstanceStatus.Initializing LastOrderProcessing LastRequestProcessing",
        ),
        (
            InUse,
            "DependencyViolation DependencyViolation.VSwitch DependencyViolation.SecurityGroup DependencyViolation.RouteEntry InvalidOperation.AttachedChildInstanceExist OperationFailed.AttachmentReferencedVpcRouteEntryExisted OperationFailed.RouteTablePropagationExist OperationFailed.RouteTableAssociationExist OperationFailed.RouteEntryExist OperationFailed.PrefixListExist OperationFailed.MulticastDomainAssociationExist OperationFailed.FlowLogExistOrNisOpened OperationFailed.TrafficQosExist OperationFailed.DeleteTransitRouter OperationFailed.BandwidthLimitExist OperationFailed.CCNAttached OperationFailed.CloudRouteExist OperationFailed.AggregationRouteExist InvalidOperation.RelatedEcrExists OperationFailed.DeleteCenWithCustomRouteTable OperationFailed.DeleteCenWithRouteEntry OperationFailed.UsedInRouteEntryNextHop OperationDenied.EcrAttachmentExisted OperationDenied.RouteEntryExist DeleteConflict.Role.Policy DeleteConflict.Policy.Version",
        ),
        (
            NotFound,
            "InvalidVpcId.NotFound InvalidVpcID.NotFound InvalidResource.NotFound InvalidVswitchID.NotFound InvalidVSwitchId.NotFound InvalidRouteEntry.NotFound InvalidRouteEntryId.NotFound InvalidRouteTableId.NotFound ParameterCenInstanceId ParameterInstanceId InvalidTransitRouterInstance.NotFound InvalidTransitRouterId.NotFound InvalidTransitRouterAttachmentId.NotFound InvalidAttachmentId.NotFound IllegalParam.TransitRouterRouteEntryId InvalidInstanceId.NotFound OperationFailed.GrantCrossAccountNotExist InvalidSecurityGroupId.NotFound InvalidSecurityGroup.NotFound InvalidGroupAuthItem.NotFound InvalidSecurityGroupRule.RuleNotExist InvalidSecurityGroupRuleId.NotFound Forbidden.InstanceNotFound EntityNotExist.Role InvalidNextHop.NotFound InvalidAttachment.NotFound InvalidPeerTransitRouterId.NotFound InvalidSourceGroupId.NotFound ResourceNotFound.EcrId ResourceNotFound.AssociationId ResourceNotFound.ChildInstanceId ResourceNotFound.InstanceId EntityNotExist.Policy EntityNotExist.Role.Policy",
        ),
        (
            AlreadyExists,
            "InstanceExist.TransitRouterInstance RouterEntryConflict.Duplicated Duplicated.VpcNextHop InvalidCIDRBlock.Duplicate InvalidRouteEntry.Duplicate RouteConflict.AlreadyExist ORDER.OPEND ORDER.OPENED InvalidOperation.RuleDuplicate ResourceAlreadyExist.VpcPeer EntityAlreadyExists.Role EntityAlreadyExists.Policy EntityAlreadyExists.Role.Policy",
        ),
        (
            ServiceNotOpen,
            "USER_NOT_OPEN_TR_SERVICE Forbbiden.TransitRouterServiceNotOpen Forbidden.ResourceOwnerTransitRouterServiceNotOpen Forbidden.ResourceOwnerTransitRouterServiceExpired Forbidden.TransitRouterServiceExpired OperationUnsupported.CloudDataTransferService OperationFailed.CdtNotOpened OperationFailed.CrossBorderCdtNotOpened OperationFailed.AcceptUserCdtNotOpened OperationFailed.AcceptUserCrossBorderCdtNotOpened",
        ),
        (
            QuotaExceeded,
            "QuotaExceeded.VpcPeerCountPerVpc QuotaExceeded.VpcPeerCountPerUserPerRegion LimitExceeded.Role LimitExceeded.Policy QuotaExceeded.Vpc QuotaFull.ChildInstanceRelatedCen QuotaExceeded.CenQuotaVpcAttachPerTransitRouter QuotaExceeded.VpcAutoRoutesPublishPerTransitRouter QuotaExceeded.Bandwidth AuthorizationLimitExceed QuotaExceed.ElasticQuota",
        ),
        (
            InvalidInput,
            "IllegalParam.EcrOwnerAliUid IllegalParamFormat.EcrId MissingParam.EcrId MalformedPolicyDocument InvalidParameter.RoleName.InvalidChars InvalidParameter.AssumeRolePolicyDocument.Length MissingParameter MissingParam.Bandwidth MissingRegionId IllegalParam.ZoneId IllegalParam.ZoneMappings IllegalParam.VSwitchId IllegalParam.Region Duplicated.ZoneMapping InsufficientIpAddr.vsw InvalidCidrBlock InvalidZoneId.NotFoundHere IdempotentParameterMismatch InvalidParameter.RoleArn InvalidParam.Permissions InvalidSourceGroupId.Mismatch InvalidGroupAuthParameter.OperationDenied InvalidGroupParameter.OperationDenied InvalidNetworkType.Mismatch InvalidProtocol.NeedSsl InvalidTimeStamp.Format ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock InvalidInstanceType.ValueNotSupported",
        ),
        (
            Unsupported,
            "UnsupportedRegion OperationFailed.CrossBusinessNotAllowed OperationFailed.InterRegionLinkTypeNotSupported InvalidApi.NotFound InvalidAction.NotFound OperationUnsupported.RegionId OperationUnsupported.CenFullLevel OperationUnsupported.TransitRouterRegionId Forbbiden.AttachChildInstanceAcrossBid InvalidStatus.VpcAttachedFullModeCen InvalidOperation.VpcAutoRoutesPublishInOtherCEN OperationNotSupport.VpcAutoRoutesPublish InvalidOperation.OnlyOneRegionSupportIpv6 OperationFailed.NotSupportForceDelete OperationDenied.CenTypeInvalid",
        ),
        (
            Refused,
            "ResourceAlreadyExist.RouterInterface OperationFailed.ViolativeVpcPeer IncorrectBusinessStatus.Vpc OperationDenied OperationDenied.DeleteManagedRouteEntry OperationNotPermitted.AttachmentManagedByCloudService InvalidOperation.DeletionProtection InvalidOperation.ResourceManagedByCloudProduct OperationDenied.NoStock Zone.NotOnSale InvalidAccountStatus.NotEnoughBalance ResourceNotAssociated.Cen OperationFailed.ActiveNetworkInterfaceNotFound InvalidOperation.BwpNotAssociated InvalidOperation.BwpBandwidthExceeded InvalidOperation.BwpBusinessStatus OperationInvalid.UserCanNotBuyCrossBorderBwp OperationInvalid.IdentityRegistrationStatusNotSupport",
        ),
    ];

    #[test]
    fn every_published_code_of_the_operations_in_use_has_its_kind() {
        for (expected, codes) in EXPECTED {
            for code in codes.split_whitespace() {
                assert_eq!(kind("Any", code), Some(*expected), "{code}");
            }
        }
    }

    #[test]
    fn an_operation_may_give_a_code_another_meaning() {
        assert_eq!(kind("DeleteRouteEntry", "Forbbiden"), Some(Busy));
        assert_eq!(
            kind("ListTransitRouterPeerAttachments", "IllegalParam.Region"),
            Some(NotFound)
        );
        let barred = "Forbbiden.AttachChildInstanceAcrossBid";
        let grant = "GrantInstanceToExpressConnectRouter";
        assert_eq!(kind(grant, barred), Some(PermissionDenied));
        assert_eq!(kind("Any", "Never.Heard"), None);
    }
}
