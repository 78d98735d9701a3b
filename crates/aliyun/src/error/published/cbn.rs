//! The codes that the cloud publishes for the operations about CEN and transit routers that are called.

pub(super) const CODES: &[(&str, &str)] = &[
    (
        "AssociateTransitRouterAttachmentWithRouteTable",
        "AssociationExist.TransitRouterTable IllegalParam.TransitRouterTableId IllegalParam.TransitRouterTableType IncorrectStatus.AttachmentOrRouteTable InvalidAttachmentId.NotFound InvalidParameter InvalidRouteTableId.NotFound OperationFailed.TransitRouterType OperationUnsupported.Associate Unauthorized",
    ),
    (
        "CheckTransitRouterService",
        "Forbidden.TransitRouterServiceExpired InvalidParameter USER_NOT_OPEN_TR_SERVICE Unauthorized",
    ),
    (
        "CreateCen",
        "IllegalParam.ResourceGroupId InvalidParameter InvalidTagValue Unauthorized",
    ),
    (
        "CreateTransitRouter",
        "Forbbiden.TransitRouterServiceNotOpen Forbidden.TransitRouterServiceExpired Illegal.TrType IllegalParam.Cidr IllegalParam.Region IllegalParam.RegionId IllegalParam.ServiceMode IllegalParam.SupportMulticast InstanceExist.TransitRouterInstance InvalidParameter OperationFailed.CidrConflict OperationFailed.PostPay95BwpNotAllowEnterpriseTr OperationUnsupported.CenFullLevel OperationUnsupported.RegionId OperationUnsupported.SupportMulticast OperationUnsupported.Tag OperationUnsupported.TransitRouterCidrList OverLappingExist.Cidr ParamExclusive.BasicAndMultiPrimary ParamExclusive.BasicAndPrimaryStandby ParamExclusive.ServiceModeAndSupportMulticast ParamExclusive.ServiceModeAndTransitRouterCidrList Unauthorized",
    ),
    (
        "CreateTransitRouterPeerAttachment",
        "Forbbiden.TransitRouterServiceNotOpen Forbidden.ResourceOwnerTransitRouterServiceExpired Forbidden.TransitRouterServiceExpired IllegalParam.Bandwidth IllegalParam.BandwidthType IllegalParam.CenBandwidthPackageId IllegalParam.PeerRegionId IllegalParam.PeerTransitRouterId IllegalParam.RegionId IllegalParam.TransitRouterRegionId IncorrectStatus.TransitRouter InvalidCenId.NotFound InvalidOperation InvalidOperation.BwpBandwidthExceeded InvalidOperation.BwpBusinessStatus InvalidOperation.BwpNotAssociated InvalidOperation.CenInstanceStatus InvalidOperation.OnlyOneRegionSupportIpv6 InvalidParameter InvalidParameter.PeerTransitRouterId InvalidParameter.ResourceType InvalidPeerTransitRouterId.NotFound InvalidTransitRouterId.NotFound MissingParam.Bandwidth MissingParam.CenIdOrRegionId NoPermission.AliyunServiceRolePolicyForCEN OperationFailed.ValidateVbrInstanceFailedForLowLatencyCircuit OperationInvalid.IdentityRegistrationStatusNotSupport OperationInvalid.UserCanNotBuyCrossBorderBwp OperationNotAllowed.DefaultLinkTypeOnlySupportGold OperationNotAllowed.DefaultLinkTypeOnlySupportUnderlaySilver OperationUnsupported.BandwidthHS OperationUnsupported.BandwidthType OperationUnsupported.CenFullLevel OperationUnsupported.CloudDataTransferService OperationUnsupported.RegionId OperationUnsupported.TransitRouterId OperationUnsupported.TransitRouterRegionId OperationUnsupported.TransitRouterType ParameterIllegal.BandwidthPackageDefaultLinkTypeOnlySupportGold ParameterIllegal.CdtDefaultLinkTypeOnlySupportGold ParameterIllegal.CdtDefaultLinkTypeOnlySupportPlatinumOrGold ParameterIllegal.CdtDefaultLinkTypeOnlySupportUnderlaySilver ParameterIllegal.DefaultLinkTypeOnlySupportUnderlaySilver QuotaExceeded.Bandwidth Unauthorized",
    ),
    (
        "CreateTransitRouterVpcAttachment",
        "Duplicated.ZoneMapping Forbbiden.AttachChildInstanceAcrossBid Forbbiden.TransitRouterServiceNotOpen Forbidden.ResourceOwnerTransitRouterServiceExpired Forbidden.ResourceOwnerTransitRouterServiceNotOpen Forbidden.TransitRouterServiceExpired INVALID_OPERATION_RESOURCE_NOT_SUPPORT_APPLIANCE_MODE IllegalParam.ChargeType IllegalParam.Ipv6Support IllegalParam.RegionId IllegalParam.ServiceMode IllegalParam.TransitRouterRegionId IllegalParam.VSwitchId IllegalParam.ZoneId IllegalParam.ZoneMappings IncorrectStatus.TransitRouter IncorrectStatus.TransitRouterInstance IncorrectStatus.Vpc IncorrectStatus.VpcOrVswitch IncorrectStatus.VpcResource IncorrectStatus.VpcRouteTable IncorrectStatus.VpcSwitch InsufficientIpAddr.vsw InvalidCenId.NotFound InvalidOperation.CenInstanceStatus InvalidOperation.VpcAutoRoutesPublishInOtherCEN InvalidOperation.VpnAssociated InvalidParameter InvalidParameter.ApplianceModeSupport InvalidParameter.Ipv6Support InvalidParameter.ResourceType InvalidStatus.VpcAttachedFullModeCen InvalidTransitRouterId.NotFound InvalidTransitRouterMode.NeedUpgrade InvalidVSwitchId.NotFound MissingParam.CenIdOrRegionId NoPermission.AliyunServiceRoleForCEN OperationFailed.VSwitchIpv6CidrNotAllocated OperationFailed.VSwitchNotFound OperationNotSupport.VpcAutoRoutesPublish OperationUnsupported.CenFullLevel OperationUnsupported.CloudBoxVswNotSupport OperationUnsupported.TransitRouterRegionId OperationUnsupported.TransitRouterType ParamExclusive.TransitRouterVPCAttachmentOptionsAndOptions QuotaExceeded.CenQuotaVpcAttachPerTransitRouter QuotaExceeded.VpcAutoRoutesPublishPerTransitRouter QuotaFull.ChildInstanceRelatedCen Unauthorized",
    ),
    (
        "DeleteCen",
        "InvalidParameter OperationFailed.AggregationRouteExist OperationFailed.DeleteCenWithCustomRouteTable OperationFailed.DeleteCenWithRouteEntry OperationFailed.MulticastDomainExist OperationFailed.PrefixListAssociationExist OperationFailed.TrafficMarkingPolicyExist OperationFailed.TrafficQosPolicyExist OperationUnsupported.action Unauthorized",
    ),
    (
        "DeleteTransitRouter",
        "IncorrectStatus.CenInstance IncorrectStatus.TransitRouterInstance InvalidOperation.BondVbrExist InvalidOperation.RelatedEcrExists InvalidParameter InvalidTransitRouterInstance.NotFound OperationFailed.AggregationRouteExist OperationFailed.BandwidthLimitExist OperationFailed.CCNAttached OperationFailed.CloudRouteExist OperationFailed.DeleteTransitRouter OperationFailed.FlowLogExist OperationFailed.FlowLogExistOrNisOpened OperationFailed.MulticastDomainExist OperationFailed.PrefixListExist OperationFailed.TrafficMarkingPolicyExist OperationFailed.TrafficQosPolicyExist Unauthorized",
    ),
    (
        "DeleteTransitRouterPeerAttachment",
        "InvalidParameter InvalidTransitRouterAttachmentId.NotFound InvalidValue.PrefixlistCidr OperationFailed.FlowLogExistOrNisOpened OperationFailed.InterRegionCloudRouteEntryExist OperationFailed.MulticastGroupExist OperationFailed.NotSupportForceDelete OperationFailed.PrefixListExist OperationFailed.RouteEntryExist OperationFailed.RouteTableAssociationExist OperationFailed.RouteTablePropagationExist OperationFailed.TrafficQosExist OperationUnsupported.TransitRouterAttachment OperationUnsupported.TransitRouterType Unauthorized",
    ),
    (
        "DeleteTransitRouterVpcAttachment",
        "IncorrectStatus.Vpc IncorrectStatus.VpcResource IncorrectStatus.VpcRouteEntry IncorrectStatus.VpcRouteTable IncorrectStatus.VpcSwitch InvalidParameter InvalidTransitRouterAttachmentId.NotFound OperationFailed.AttachmentReferencedVpcRouteEntryExisted OperationFailed.FlowLogExistOrNisOpened OperationFailed.MulticastDomainAssociationExist OperationFailed.NotSupportForceDelete OperationFailed.PrefixListExist OperationFailed.RouteEntryExist OperationFailed.RouteTableAssociationExist OperationFailed.RouteTablePropagationExist OperationNotPermitted.AttachmentManagedByCloudService OperationUnsupported.TransitRouterType Unauthorized",
    ),
    (
        "DescribeCens",
        "InvalidParameter InvalidTagKey InvalidTagValue Unauthorized",
    ),
    (
        "DescribeGrantRulesToCen",
        "IllegalParam.NextToken InvalidParameter InvalidParameter.RegionId MissingParameter MissingParameter.RegionId Unauthorized",
    ),
    (
        "DescribeGrantRulesToResource",
        "IllegalParam.NextToken InvalidParameter InvalidParameter.RegionId MissingParameter MissingParameter.RegionId Unauthorized",
    ),
    (
        "DisableTransitRouterRouteTablePropagation",
        "IncorrectStatus.AttachmentOrRouteTable IncorrectStatus.TransitRouterInstance InvalidAttachmentId.NotFound InvalidParameter InvalidParameter.TransitRouterAttachmentId InvalidParameter.TransitRouterRouteTableId InvalidRouteTableId.NotFound OperationUnsupported.DisablePropagation Unauthorized",
    ),
    (
        "DissociateTransitRouterAttachmentFromRouteTable",
        "IncorrectStatus.AttachmentOrRouteTable IncorrectStatus.TransitRouterConnectPeer IncorrectStatus.TransitRouterInstance InvalidAttachmentId.NotFound InvalidParameter InvalidParameter.TransitRouterAttachmentId InvalidParameter.TransitRouterRouteTableId InvalidRouteTableId.NotFound OperationUnsupported.dissociateRouteTable Unauthorized",
    ),
    (
        "EnableTransitRouterRouteTablePropagation",
        "IllegalParam.TransitRouterTableId IncorrectStatus.AttachmentOrRouteTable InvalidAttachmentId.NotFound InvalidParameter InvalidParameter.TransitRouterAttachmentId InvalidParameter.TransitRouterRouteTableId InvalidRouteTableId.NotFound OperationFailed.TransitRouterType OperationUnsupported.EnablePropagation Unauthorized",
    ),
    (
        "GrantInstanceToTransitRouter",
        "Forbbiden.TransitRouterServiceNotOpen Forbidden.OperateShareResource Forbidden.TransitRouterServiceExpired IllegalParam.CenId InvalidInstanceId.NotFound InvalidParameter InvalidVbr.NotFound NoPermission.AliyunServiceRoleForCEN OperationFailed.GrantCrossAccountExist OperationFailed.TaskConflict Unauthorized",
    ),
    (
        "ListTransitRouterAvailableResource",
        "InvalidParameter Unauthorized",
    ),
    (
        "ListTransitRouterPeerAttachments",
        "IllegalParam.CenId IllegalParam.CenIdOrRegionId IllegalParam.MaxResults IllegalParam.NextToken IllegalParam.Region IllegalParam.RegionIdOrTransitRouterId IllegalParam.TagKey IllegalParam.TagValue IllegalParam.TrInstance IllegalParam.TransitRouterId InvalidParameter Unauthorized",
    ),
    (
        "ListTransitRouterRouteEntries",
        "FilterKeyDuplicated.RouteFilter IllegalParam.LongestPrefixMatchCidr IllegalParam.NextToken IllegalParam.PrefixExactMatchCidr IllegalParam.SubnetOfMatchCidr IllegalParam.SupernetOfMatchCidr IllegalParam.TextMatchCidr IllegalParam.TransitRouterRouteEntryNextHopAttachmentId IllegalParam.TransitRouterRouteEntryNextHopResourceId IllegalParam.TransitRouterRouteEntryNextHopResourceType IllegalParam.TransitRouterRouteEntryNextHopType IllegalParam.TransitRouterRouteEntryOriginResourceId IllegalParam.TransitRouterRouteEntryOriginResourceType IllegalParam.TransitRouterRouteEntryStatus IllegalParam.TransitRouterRouteEntryType IllegalParam.TransitRouterRouteTableId InvalidFilterKey InvalidName InvalidParameter InvalidRouteTableId.NotFound InvalidTransitRouterRouteTableId.NotFound ParamExclusive.RouteEntryIdsAndStatus ResourceNotFound.PrefixlistAssociation Unauthorized",
    ),
    (
        "ListTransitRouterRouteTableAssociations",
        "IllegalParam.MaxResults IllegalParam.NextToken InvalidParameter Unauthorized",
    ),
    (
        "ListTransitRouterRouteTablePropagations",
        "IllegalParam.MaxResults IllegalParam.NextToken InvalidParameter Unauthorized",
    ),
    (
        "ListTransitRouterRouteTables",
        "IllegalParam.NextToken IllegalParam.TagKey IllegalParam.TagValue InvalidName InvalidParameter InvalidTransitRouterId.NotFound MissingParam.TransitRouterIdOrTransitRouterRouteTables Unauthorized",
    ),
    (
        "ListTransitRouterVpcAttachments",
        "IllegalParam.CenId IllegalParam.CenIdOrRegionId IllegalParam.MaxResults IllegalParam.NextToken IllegalParam.Region IllegalParam.TrInstance IllegalParam.TransitRouterId InvalidParameter Unauthorized",
    ),
    (
        "ListTransitRouters",
        "IllegalParam.TagKey IllegalParam.TagValue InvalidOperation.UnsupportFilter InvalidOperation.UnsupportFilterValue InvalidParameter InvalidParameterCombination.TransitRouter Unauthorized",
    ),
    (
        "OpenTransitRouterService",
        "EntityNotExist.Account InvalidParameter NoPermission.AliyunServiceRoleForCEN OperationFailed.BasicInfoUncompleted OperationFailed.ConcurrentOperation OperationFailed.ContainsForbiddenLabel OperationFailed.InsufficientAvailableQuota OperationFailed.NoAvailablePaymentMethod OperationFailed.NoRealNameAuthentication OperationFailed.PurchaseQuantityLimit OperationFailed.QuotaNotEnough OperationFailed.Risk OperationFailed.UseStoredCardFailed Order.Opened PayFor.AccountMoneyValidateError PayFor.CreditPayInsufficientBalance Risk.RiskControlRejection Unauthorized",
    ),
    (
        "RevokeInstanceFromTransitRouter",
        "IncorrectStatus.Cen InvalidParameter OperationDenied.AttachmentExist Unauthorized",
    ),
];
