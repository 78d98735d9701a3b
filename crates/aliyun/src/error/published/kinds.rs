//! The published codes by what a client should do about them: operation and codes.

/// Codes that pass by themselves: a lock, an unfinished earlier request, a state in between, a failure of the cloud.
pub(super) const TRANSIENT: &[(&str, &str)] = &[
    ("AcceptVpcPeerConnection", "IncorrectStatus.VpcPeer"),
    (
        "AssociateTransitRouterAttachmentWithRouteTable",
        "IncorrectStatus.AttachmentOrRouteTable",
    ),
    ("AssumeRole", "InternalError"),
    (
        "AttachExpressConnectRouterChildInstance",
        "Conflict.Lock IncorrectStatus.Ecr IncorrectStatus.EcrAssociation InternalErrorTemp OperationDenied.CrossAccountDisassociating OperationDenied.ForceDeleting OperationDenied.VbrHasBgpGroupInMiddleStatus OperationDenied.VbrHasRouteEntryInMiddleStatus OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi",
    ),
    ("AuthorizeSecurityGroup", "InternalError"),
    ("AuthorizeSecurityGroupEgress", "InternalError"),
    ("CreateExpressConnectRouter", "Conflict.Lock"),
    (
        "CreateExpressConnectRouterAssociation",
        "Conflict.Lock IncorrectStatus.Ecr InternalErrorTemp OperationDenied.ForceDeleting OperationFailed.CallingVpcYaochi OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi",
    ),
    (
        "CreateRouteEntry",
        "IncorrectHaVipStatus IncorrectInstanceStatus IncorrectRouteEntryStatus IncorrectStatus.CenRelation IncorrectStatus.Ipv4Gateway IncorrectStatus.Ipv6Address IncorrectStatus.MultiScopeRiRouteEntry IncorrectStatus.RouteTableStatus IncorrectStatus.RouterInterface IncorrectStatus.VpcPeer IncorrectVSwitchStatus IncorrectVpcStatus InternalError InvalidVBRStatus OperationDenied.VbrAttachEcrInMiddleStatus OperationFailed.DistibuteLock OperationFailed.GetEniInfo OperationFailed.NotifyCenCreate OperationFailed.NotifyCenDelete OperationFailed.OperationLocked OperationFailed.QueryAttachmentInfo TaskConflict VPC.ERROR",
    ),
    (
        "CreateSecurityGroup",
        "IdempotentProcessing IncorrectVpcStatus InternalError",
    ),
    (
        "CreateTransitRouterPeerAttachment",
        "IncorrectStatus.TransitRouter InvalidOperation.CenInstanceStatus",
    ),
    (
        "CreateTransitRouterVpcAttachment",
        "IncorrectStatus.TransitRouter IncorrectStatus.TransitRouterInstance IncorrectStatus.Vpc IncorrectStatus.VpcOrVswitch IncorrectStatus.VpcResource IncorrectStatus.VpcRouteTable IncorrectStatus.VpcSwitch InvalidOperation.CenInstanceStatus",
    ),
    (
        "CreateVSwitch",
        "CreateVSwitch.IncorrectStatus.cbnStatus IncorrectRouteEntryStatus IncorrectStatus.cbnStatus IncorrectVSwitchStatus IncorrectVpcStatus InvalidStatus.RouteEntry OperationDenied.OtherSubnetCreating OperationFailed.DistibuteLock OperationFailed.IdempotentTokenProcessing OperationFailed.NotifyCenCreate TaskConflict",
    ),
    (
        "CreateVpc",
        "InternalError InvokeError System.ServiceBusy TOKEN_PROCESSING",
    ),
    (
        "CreateVpcPeerConnection",
        "IncorrectStatus.AcceptingVpc IncorrectStatus.Vpc",
    ),
    (
        "DeleteExpressConnectRouter",
        "Conflict.Lock IncorrectStatus.Ecr",
    ),
    (
        "DeleteExpressConnectRouterAssociation",
        "Conflict.Lock IncorrectStatus.Ecr IncorrectStatus.EcrAssociation OperationDenied.CrossAccountDisassociating OperationDenied.ForceDeleting OperationFailed.CallingVpcYaochi OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi",
    ),
    (
        "DeleteInstances",
        "IncorrectInstanceStatus IncorrectInstanceStatus.Initializing InternalError",
    ),
    (
        "DeleteRouteEntry",
        "Forbbiden IncorrcetRouteEntryStatus IncorrectRouteEntryStatus IncorrectStatus.PrefixList IncorrectStatus.VpcRouteEntry IncorrectVpcStatus Internal.Error InternalError OperationDenied.VbrAttachEcrInMiddleStatus OperationFailed.DistibuteLock TaskConflict Vpc.Error",
    ),
    ("DeleteSecurityGroup", "InternalError"),
    (
        "DeleteTransitRouter",
        "IncorrectStatus.CenInstance IncorrectStatus.TransitRouterInstance",
    ),
    (
        "DeleteTransitRouterVpcAttachment",
        "IncorrectStatus.Vpc IncorrectStatus.VpcResource IncorrectStatus.VpcRouteEntry IncorrectStatus.VpcRouteTable IncorrectStatus.VpcSwitch",
    ),
    (
        "DeleteVSwitch",
        "DeleteVSwitch.IncorrectStatus.cbnStatus IncorrectRouteEntryStatus IncorrectStatus IncorrectVSwitchStatus OperationDenied.OtherSubnetProcessing OperationFailed.SystemBusy TaskConflict",
    ),
    (
        "DeleteVpc",
        "IncorrectStatus.VpcDhcpStatus IncorrectStatus.VpcDnsHostnameStatus IncorrectStatus.cbnStatus IncorrectVpcStatus InternalError System.ServiceBusy TaskConflict",
    ),
    ("DeleteVpcPeerConnection", "IncorrectStatus.VpcPeer"),
    (
        "DescribeCloudAssistantStatus",
        "InternalError.Dispatch ServiceUnavailable",
    ),
    ("DescribeGrantRulesToEcr", "Instance.StatusError"),
    (
        "DescribeInstances",
        "InternalError InvalidHpcClusterId.Creating",
    ),
    (
        "DescribeInvocationResults",
        "InternalError InternalError.Dispatch ServiceUnavailable",
    ),
    ("DescribeRouteEntryList", "OperationFailed.QueryCenEntry"),
    ("DescribeSecurityGroupAttribute", "InternalError"),
    ("DescribeSecurityGroups", "InternalError"),
    ("DescribeVpcs", "InternalError"),
    (
        "DetachExpressConnectRouterChildInstance",
        "Conflict.Lock IncorrectStatus.Ecr IncorrectStatus.EcrAssociation OperationDenied.CrossAccountDisassociating OperationDenied.ForceDeleting OperationDenied.VbrHasBgpGroupInMiddleStatus OperationDenied.VbrHasRouteEntryInMiddleStatus OperationFailed.RejectedByCenYaochi OperationFailed.RejectedByEcYaochi OperationFailed.RejectedByVpcYaochi",
    ),
    (
        "DisableTransitRouterRouteTablePropagation",
        "IncorrectStatus.AttachmentOrRouteTable IncorrectStatus.TransitRouterInstance",
    ),
    (
        "DissociateTransitRouterAttachmentFromRouteTable",
        "IncorrectStatus.AttachmentOrRouteTable IncorrectStatus.TransitRouterConnectPeer IncorrectStatus.TransitRouterInstance",
    ),
    (
        "EnableTransitRouterRouteTablePropagation",
        "IncorrectStatus.AttachmentOrRouteTable",
    ),
    ("GetCallerIdentity", "InternalError"),
    (
        "GrantInstanceToExpressConnectRouter",
        "Conflict.Lock OperationFailed.CallingVpcYaochi",
    ),
    (
        "GrantInstanceToTransitRouter",
        "OperationFailed.TaskConflict",
    ),
    (
        "OpenTransitRouterService",
        "OperationFailed.ConcurrentOperation",
    ),
    (
        "RevokeInstanceFromExpressConnectRouter",
        "Conflict.Lock OperationFailed.CallingVpcYaochi",
    ),
    ("RevokeInstanceFromTransitRouter", "IncorrectStatus.Cen"),
    ("RevokeSecurityGroup", "InternalError"),
    (
        "RunCommand",
        "IdempotentProcessing InternalError.Dispatch InvalidStatus.ResourceGroup",
    ),
    (
        "RunInstances",
        "IncorrectDefaultVpcStatus IncorrectImageStatus IncorrectInstanceStatus IncorrectVSwitchStatus IncorrectVpcStatus InternalError InvalidHpcClusterId.Creating InvalidSnapshotId.NotReady Mayi.InternalError NodeControllerUnavailable OperationDenied.CreatingConflict Throttling.Resource",
    ),
];

/// Codes of deletes that wait until something else is gone.
pub(super) const IN_USE: &[(&str, &str)] = &[
    (
        "DeleteCen",
        "OperationFailed.AggregationRouteExist OperationFailed.DeleteCenWithCustomRouteTable OperationFailed.DeleteCenWithRouteEntry OperationFailed.MulticastDomainExist OperationFailed.PrefixListAssociationExist OperationFailed.TrafficMarkingPolicyExist OperationFailed.TrafficQosPolicyExist",
    ),
    ("DeleteExpressConnectRouter", "ResourceInUse.Ecr"),
    (
        "DeleteExpressConnectRouterAssociation",
        "OperationDenied.EcrAttachmentExisted OperationFailed.UsedInRouteEntryNextHop",
    ),
    (
        "DeleteInstances",
        "DependencyViolation.RouteEntry DependencyViolation.SLBConfiguring InvalidOperation.EniLinked",
    ),
    ("DeleteSecurityGroup", "DependencyViolation"),
    (
        "DeleteTransitRouter",
        "InvalidOperation.BondVbrExist InvalidOperation.RelatedEcrExists OperationFailed.AggregationRouteExist OperationFailed.BandwidthLimitExist OperationFailed.CCNAttached OperationFailed.CloudRouteExist OperationFailed.DeleteTransitRouter OperationFailed.FlowLogExist OperationFailed.FlowLogExistOrNisOpened OperationFailed.MulticastDomainExist OperationFailed.PrefixListExist OperationFailed.TrafficMarkingPolicyExist OperationFailed.TrafficQosPolicyExist",
    ),
    (
        "DeleteTransitRouterPeerAttachment",
        "OperationFailed.FlowLogExistOrNisOpened OperationFailed.InterRegionCloudRouteEntryExist OperationFailed.MulticastGroupExist OperationFailed.PrefixListExist OperationFailed.RouteEntryExist OperationFailed.RouteTableAssociationExist OperationFailed.RouteTablePropagationExist OperationFailed.TrafficQosExist",
    ),
    (
        "DeleteTransitRouterVpcAttachment",
        "OperationFailed.AttachmentReferencedVpcRouteEntryExisted OperationFailed.FlowLogExistOrNisOpened OperationFailed.MulticastDomainAssociationExist OperationFailed.PrefixListExist OperationFailed.RouteEntryExist OperationFailed.RouteTableAssociationExist OperationFailed.RouteTablePropagationExist",
    ),
    (
        "DeleteVSwitch",
        "AttrMismatching.NaclAndBindInstance DependencyViolation DependencyViolation.CloudService DependencyViolation.EnhancedNatgw DependencyViolation.HaVip DependencyViolation.Ipv6Address DependencyViolation.MulticastDomain DependencyViolation.NetworkAcl DependencyViolation.ResourceShare DependencyViolation.RouteTable DependencyViolation.RouterInterface DependencyViolation.SNAT DependencyViolation.SnatEntry DependencyViolation.VSwitchCidrReservation OperationFailed.Ipv6InstanceExist",
    ),
    (
        "DeleteVpc",
        "DependencyViolation.AppAccess DependencyViolation.ClassicLinkInstance DependencyViolation.CloudServiceResource DependencyViolation.CustomRouteTable DependencyViolation.DhcpOptionsSet DependencyViolation.GatewayEndpoint DependencyViolation.GatewayRouteTable DependencyViolation.Instance DependencyViolation.Ipv4Gateway DependencyViolation.Ipv6Gateway DependencyViolation.NatGateway DependencyViolation.NetworkAcl DependencyViolation.OppositeRouterInterface DependencyViolation.RouteEntry DependencyViolation.RouteInterface DependencyViolation.RouteTable DependencyViolation.RouterInterface DependencyViolation.SecurityGroup DependencyViolation.TransitRouter DependencyViolation.Tunnel DependencyViolation.VSwitch Forbbiden OperationDenied.VpcPeerExists",
    ),
    ("DeleteVpcPeerConnection", "OperationDenied.RouteEntryExist"),
    (
        "DetachExpressConnectRouterChildInstance",
        "OperationDenied.EcrAttachmentExisted OperationDenied.VbrUsedInVbrHa ResourceInUse.HaVbrGroup",
    ),
    (
        "RevokeInstanceFromTransitRouter",
        "OperationDenied.AttachmentExist",
    ),
];

/// Codes of creates and other additions that miss what the request names.
pub(super) const ABSENT_ON_CREATE: &[(&str, &str)] = &[
    (
        "AcceptVpcPeerConnection",
        "OperationFailed.NotExist.ResourceGroup ResourceNotFound.InstanceId",
    ),
    (
        "AssociateTransitRouterAttachmentWithRouteTable",
        "InvalidAttachmentId.NotFound InvalidRouteTableId.NotFound",
    ),
    (
        "AttachExpressConnectRouterChildInstance",
        "ResourceNotFound.AssociationId ResourceNotFound.EcrId",
    ),
    (
        "AuthorizeSecurityGroup",
        "InvalidPortRangeListId.NotFound InvalidPrefixListId.NotFound InvalidSecurityGroupId.NotFound InvalidSourceGroup.NotFound InvalidSourceGroupId.NotFound",
    ),
    (
        "AuthorizeSecurityGroupEgress",
        "InvalidDestGroup.NotFound InvalidDestGroupId.NotFound InvalidPortRangeListId.NotFound InvalidPrefixListId.NotFound InvalidSecurityGroupId.NotFound",
    ),
    (
        "CreateExpressConnectRouterAssociation",
        "ResourceNotFound.CenId ResourceNotFound.EcrId ResourceNotFound.TrId",
    ),
    (
        "CreateRouteEntry",
        "Forbidden.PrivateIpNotFound Forbidden.VRouterNotFound InvalidAttachment.NotFound InvalidEntryRuleQuota.NotFound InvalidHaVip.NotFound InvalidHaVipId.NotFound InvalidInstanId.NotFound InvalidIpv6Gateway.NotFound InvalidNatGateway.NotFound InvalidNatGatewayId.NotFound InvalidNetworkInterface.NotFound InvalidNextHop.NotFound InvalidNextHopId.NotFound InvalidNexthop.NotFound InvalidRouteTableId.NotFound InvalidVPC.NotFound InvalidVRouter.NotFound InvalidVpc.NotFound InvalidVpnInstanceId.NotFound ResourceNotFound.Cen ResourceNotFound.GatewayLoadBalancerEndpoint ResourceNotFound.Ipv4Gateway ResourceNotFound.NetworkInterface ResourceNotFound.PrefixList ResourceNotFound.VpcPeer",
    ),
    (
        "CreateSecurityGroup",
        "InvalidResourceGroup.NotFound InvalidVpcId.NotFound",
    ),
    (
        "CreateTransitRouterPeerAttachment",
        "InvalidCenId.NotFound InvalidPeerTransitRouterId.NotFound InvalidTransitRouterId.NotFound",
    ),
    (
        "CreateTransitRouterVpcAttachment",
        "InvalidCenId.NotFound InvalidTransitRouterId.NotFound InvalidVSwitchId.NotFound OperationFailed.VSwitchNotFound",
    ),
    (
        "CreateVSwitch",
        "Forbidden.VpcNotFound Invalid.NotExist InvalidVpcId.NotFound",
    ),
    ("CreateVpc", "ResourceNotFound.IpamPool"),
    (
        "CreateVpcPeerConnection",
        "OperationFailed.NotExist.ResourceGroup",
    ),
    (
        "EnableTransitRouterRouteTablePropagation",
        "InvalidAttachmentId.NotFound InvalidRouteTableId.NotFound",
    ),
    (
        "GrantInstanceToExpressConnectRouter",
        "ResourceNotFound.EcrId",
    ),
    ("GrantInstanceToTransitRouter", "InvalidVbr.NotFound"),
    ("OpenTransitRouterService", "EntityNotExist.Account"),
    (
        "RunCommand",
        "InvalidCmdId.NotFound InvalidInstance.NotFound InvalidResourceGroup.NotFound",
    ),
    (
        "RunInstances",
        "DeploymentSet.NotFound InvalidAutoSnapshotPolicyId.NotFound InvalidCapacityReservationId.NotFound InvalidClusterId.NotFound InvalidDataDiskSnapshotId.NotFound InvalidDedicatedHostClusterId.NotFound InvalidDedicatedHostId.NotFound InvalidDeploymentSetId.NotFound InvalidEniId.NotFound InvalidHpcClusterId.NotFound InvalidImageId.NotFound InvalidKeyPairName.NotFound InvalidLaunchTemplate.NotFound InvalidLaunchTemplateVersion.NotFound InvalidManagedPrivateSpaceId.NotFound InvalidMarketImage.NotFound InvalidRamRole.NotFound InvalidRelationResource.NotFound InvalidResourceGroup.NotFound InvalidSecurityGroupId InvalidSecurityGroupId.NotFound InvalidSnapshotId.NotFound InvalidStorageClusterId.NotExist InvalidVSwitchId.NotExist InvalidVSwitchId.NotFound",
    ),
];

/// Codes that tell a delete that there is nothing left to delete.
pub(super) const ABSENT_ON_DELETE: &[(&str, &str)] = &[
    ("DeleteExpressConnectRouter", "ResourceNotFound.EcrId"),
    (
        "DeleteExpressConnectRouterAssociation",
        "ResourceNotFound.AssociationId ResourceNotFound.EcrId",
    ),
    (
        "DeleteInstances",
        "InvalidInstanceId.NotFound InvalidInstanceIds.NotFound",
    ),
    (
        "DeleteRouteEntry",
        "Forbidden.VRouterNotFound InvalidRouteEntry InvalidRouteEntry.NotFound InvalidRouteEntryId.NotFound InvalidRouteTableId.NotFound InvalidVRouter.NotFound InvalidVpcId.NotFound InvalidVpnInstanceId.NotFound ResourceNotFound.GatewayLoadBalancerEndpoint ResourceNotFound.PrefixList",
    ),
    ("DeleteSecurityGroup", "InvalidSecurityGroup.NotFound"),
    (
        "DeleteTransitRouter",
        "InvalidTransitRouterInstance.NotFound",
    ),
    (
        "DeleteTransitRouterPeerAttachment",
        "InvalidTransitRouterAttachmentId.NotFound",
    ),
    (
        "DeleteTransitRouterVpcAttachment",
        "InvalidTransitRouterAttachmentId.NotFound",
    ),
    (
        "DeleteVSwitch",
        "IncorrectVSwitchId InvalidVSwitchId.NotFound",
    ),
    ("DeleteVpc", "Forbidden.VpcNotFound InvalidVpcId.NotFound"),
    ("DeleteVpcPeerConnection", "ResourceNotFound.InstanceId"),
    (
        "DetachExpressConnectRouterChildInstance",
        "ResourceNotFound.AssociationId ResourceNotFound.EcrId",
    ),
    (
        "DisableTransitRouterRouteTablePropagation",
        "InvalidAttachmentId.NotFound InvalidRouteTableId.NotFound",
    ),
    (
        "DissociateTransitRouterAttachmentFromRouteTable",
        "InvalidAttachmentId.NotFound InvalidRouteTableId.NotFound",
    ),
    (
        "RevokeSecurityGroup",
        "InvalidGroupAuthItem.NotFound InvalidPortRangeListId.NotFound InvalidPrefixListId.NotFound InvalidSecurityGroupId.NotFound InvalidSecurityGroupRule.RuleNotExist InvalidSecurityGroupRuleId.NotFound InvalidSourceGroupId.NotFound",
    ),
    (
        "RevokeSecurityGroupEgress",
        "InvalidDestGroupId.NotFound InvalidGroupAuthItem.NotFound InvalidPortRangeListId.NotFound InvalidPrefixListId.NotFound InvalidSecurityGroupId.NotFound InvalidSecurityGroupRule.RuleNotExist InvalidSecurityGroupRuleId.NotFound",
    ),
];

/// Codes that tell a read that what it is about is gone meanwhile.
pub(super) const ABSENT_ON_READ: &[(&str, &str)] = &[
    (
        "ListTransitRouterVpcAttachments",
        "IllegalParam.CenId IllegalParam.Region IllegalParam.TransitRouterId IllegalParam.TrInstance",
    ),
    (
        "ListTransitRouterPeerAttachments",
        "IllegalParam.CenId IllegalParam.Region IllegalParam.TransitRouterId IllegalParam.TrInstance",
    ),
    (
        "ListTransitRouterRouteEntries",
        "IllegalParam.TransitRouterRouteTableId InvalidRouteTableId.NotFound",
    ),
    ("DescribeRouteEntryList", "InvalidRouteTable.NotFound"),
    ("DescribeCloudAssistantStatus", "InvalidInstance.NotFound"),
];

/// Wrong requests that a delete or a read must not take for an absent object.
pub(super) const WRONG_REQUEST: &[(&str, &str)] = &[
    (
        "DeleteVSwitch",
        "Forbidden.RegionNotFound InvalidRegionId.NotFound",
    ),
    ("DeleteVpc", "InvalidRegionId.NotFound"),
    ("DescribeCloudAssistantStatus", "InvalidRegionId.NotFound"),
    ("DescribeInvocationResults", "InvalidRegionId.NotFound"),
    ("DescribeSecurityGroupAttribute", "InvalidRegionId.NotFound"),
    (
        "DescribeInstances",
        "InvalidFilterKey.NotFound InvalidInstanceChargeType.NotFound InvalidLockReason.NotFound InvalidNetworkType.NotFound InvalidStatus.NotFound",
    ),
    ("CreateRouteEntry", "InvalidRouteEntry"),
    (
        "AuthorizeSecurityGroup",
        "InvalidIpProtocol.ValueNotSupported InvalidParam.DuplicatePermissions InvalidPriority.ValueNotSupported MissingParameter.Source",
    ),
    (
        "DescribeSecurityGroups",
        "NotSupported.PageNumberAndPageSize",
    ),
    ("DescribeVpcs", "InvalidVpcIdNumber.NotSupported"),
    (
        "ListTransitRouterRouteTables",
        "MissingParam.TransitRouterIdOrTransitRouterRouteTables",
    ),
    (
        "ListTransitRouters",
        "InvalidParameterCombination.TransitRouter",
    ),
    (
        "ListTransitRouterVpcAttachments",
        "IllegalParam.CenIdOrRegionId IllegalParam.MaxResults IllegalParam.NextToken",
    ),
    (
        "RunCommand",
        "CmdContent.DecodeError CmdContent.ExceedLimit InvalidCmdType.NotFound InvalidRepeatMode.NotFound InvalidTerminationMode.NotFound",
    ),
    (
        "RunInstances",
        "DependencyViolation.IoOptimized DependencyViolation.WindowsInstance InvalidInstanceChargeType.NotFound InvalidImageFamily.MissingAvailableImage InvalidPrivateIpAddress InvalidPrivateIpAddress.Duplicated InvalidSecurityGroup.VpcMismatch InvalidSystemDiskSize.LessThanMinSize UnexpectedImageFamily.ImageIdSupplied",
    ),
];

/// Used-up quotas.
pub(super) const QUOTA: &[(&str, &str)] = &[
    (
        "AuthorizeSecurityGroup",
        "AuthorizationLimitExceed AuthorizedGroupRule.LimitExceed LimitExceed.PrefixListAssociationResource",
    ),
    (
        "AuthorizeSecurityGroupEgress",
        "AuthorizationLimitExceed AuthorizedGroupRule.LimitExceed LimitExceed.PrefixListAssociationResource",
    ),
    (
        "CreateExpressConnectRouter",
        "QuotaExceeded.EcrCountPerUser",
    ),
    (
        "CreateExpressConnectRouterAssociation",
        "QuotaExceeded.TrCountPerEcr QuotaExceeded.VpcCountPerEcr",
    ),
    (
        "CreateRouteEntry",
        "CountLimitExceed.HaVipRouteEntry Forbidden.CheckEntryRuleQuota OperationFailed.ScopeActiveRouteEntryQuota OperationFailed.ScopeStandbyRouteEntryQuota QuotaExceeded QuotaExceeded.EcmpRouteEntryNextHopCount QuotaExceeded.HaVipRouteEntry QuotaExceeded.VpnRouteEntry",
    ),
    (
        "CreateSecurityGroup",
        "QuotaExceed.SecurityGroup QuotaExceed.Tags",
    ),
    (
        "CreateTransitRouterPeerAttachment",
        "QuotaExceeded.Bandwidth",
    ),
    (
        "CreateTransitRouterVpcAttachment",
        "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter QuotaExceeded.VpcAutoRoutesPublishPerTransitRouter QuotaFull.ChildInstanceRelatedCen",
    ),
    ("CreateVSwitch", "QuotaExceeded.VSwitch"),
    ("CreateVpc", "InvalidUserCidr.Quota QuotaExceeded.Vpc"),
    (
        "CreateVpcPeerConnection",
        "QuotaExceeded.CrossRegionVpcPeerCountPerVpc QuotaExceeded.IntraRegionVpcPeerCountPerVpc QuotaExceeded.VpcPeerCountPerUserPerRegion QuotaExceeded.VpcPeerCountPerVpc",
    ),
    (
        "OpenTransitRouterService",
        "OperationFailed.PurchaseQuantityLimit OperationFailed.QuotaNotEnough",
    ),
    ("RunCommand", "CmdCount.ExceedQuota Invocation.ExceedQuota"),
    (
        "RunInstances",
        "AclLimitExceed InstanceDiskCategoryLimitExceed InstanceDiskLimitExceeded InstanceDiskNumLimitExceed InstanceDiskNumber.LimitExceed JoinedGroupLimitExceed OperationDenied.QuotaExceed QuotaExceed.AfterpayInstance QuotaExceed.BuyImage QuotaExceed.DeploymentSetInstanceQuotaFull QuotaExceed.DiskCapacity QuotaExceed.ElasticQuota QuotaExceed.PortableCloudDisk QuotaExceed.PostPaidDisk QuotaExceed.Tags QuotaExceeded QuotaExceeded.InternetBandwidth QuotaExceeded.PostpaidDataDiskCapacity QuotaExceeded.PrepayDataDiskCapacity QuotaExceeded.PrivateIpAddress SecurityGroupInstanceLimitExceed",
    ),
];

/// Missing permissions, of codes that do not begin like one.
pub(super) const DENIED: &[(&str, &str)] = &[
    (
        "AssociateTransitRouterAttachmentWithRouteTable",
        "Unauthorized",
    ),
    (
        "AuthorizeSecurityGroup",
        "InvalidOperation.SecurityGroupNotAuthorized",
    ),
    (
        "AuthorizeSecurityGroupEgress",
        "InvalidOperation.SecurityGroupNotAuthorized",
    ),
    ("CheckTransitRouterService", "Unauthorized"),
    ("CreateCen", "Unauthorized"),
    (
        "CreateExpressConnectRouterAssociation",
        "OperationDenied.NotGrantedByNodeOwner",
    ),
    ("CreateTransitRouter", "Unauthorized"),
    ("CreateTransitRouterPeerAttachment", "Unauthorized"),
    ("CreateTransitRouterVpcAttachment", "Unauthorized"),
    ("CreateVpc", "Forbidden"),
    (
        "CreateVpcPeerConnection",
        "OperationDenied.OperateShareResource",
    ),
    ("DeleteCen", "Unauthorized"),
    (
        "DeleteSecurityGroup",
        "InvalidOperation.SecurityGroupNotAuthorized",
    ),
    ("DeleteTransitRouter", "Unauthorized"),
    ("DeleteTransitRouterPeerAttachment", "Unauthorized"),
    ("DeleteTransitRouterVpcAttachment", "Unauthorized"),
    ("DescribeCens", "Unauthorized"),
    ("DescribeCloudAssistantStatus", "Operation.Forbidden"),
    ("DescribeGrantRulesToCen", "Forbbiden"),
    ("DescribeGrantRulesToResource", "Unauthorized"),
    ("DescribeInvocationResults", "Operation.Forbidden"),
    ("DescribeRouteTableList", "Abs.Forbidden Forbbiden"),
    ("DisableTransitRouterRouteTablePropagation", "Unauthorized"),
    (
        "DissociateTransitRouterAttachmentFromRouteTable",
        "Unauthorized",
    ),
    ("EnableTransitRouterRouteTablePropagation", "Unauthorized"),
    ("GrantInstanceToTransitRouter", "Unauthorized"),
    ("ListTransitRouterAvailableResource", "Unauthorized"),
    ("ListTransitRouterPeerAttachments", "Unauthorized"),
    ("ListTransitRouterRouteEntries", "Unauthorized"),
    ("ListTransitRouterRouteTableAssociations", "Unauthorized"),
    ("ListTransitRouterRouteTablePropagations", "Unauthorized"),
    ("ListTransitRouterRouteTables", "Unauthorized"),
    ("ListTransitRouterVpcAttachments", "Unauthorized"),
    ("ListTransitRouters", "Unauthorized"),
    ("OpenTransitRouterService", "Unauthorized"),
    ("RevokeInstanceFromTransitRouter", "Unauthorized"),
    (
        "RevokeSecurityGroup",
        "InvalidOperation.SecurityGroupNotAuthorized",
    ),
    (
        "RevokeSecurityGroupEgress",
        "InvalidOperation.SecurityGroupNotAuthorized",
    ),
    (
        "RunCommand",
        "CreateServiceLinkedRole.NoPermission Operation.Forbidden ParameterStore.NoPermission",
    ),
    (
        "RunInstances",
        "Forbbiden InvalidUser.PassRoleForbidden RegionUnauthorized",
    ),
];
