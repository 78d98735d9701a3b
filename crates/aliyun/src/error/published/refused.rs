//! Codes without a row: they stay refused, because neither waiting nor another request of Landbridge would help.

/// Operation, codes, why.
pub(super) const FINAL: &[(&str, &str, &str)] = &[
    (
        "CreateTransitRouter",
        "OperationFailed.CidrConflict OperationFailed.PostPay95BwpNotAllowEnterpriseTr OverLappingExist.Cidr",
        "Landbridge gives transit routers no CIDR blocks and buys no bandwidth for them",
    ),
    (
        "CreateTransitRouterPeerAttachment",
        "InvalidOperation OperationFailed.ValidateVbrInstanceFailedForLowLatencyCircuit OperationNotAllowed.DefaultLinkTypeOnlySupportGold OperationNotAllowed.DefaultLinkTypeOnlySupportUnderlaySilver",
        "what joins the two regions does not allow the connection; the message names it",
    ),
    (
        "CreateTransitRouterVpcAttachment",
        "INVALID_OPERATION_RESOURCE_NOT_SUPPORT_APPLIANCE_MODE InvalidOperation.VpnAssociated InvalidTransitRouterMode.NeedUpgrade OperationFailed.VSwitchIpv6CidrNotAllocated",
        "the VPC is joined to something that bars the attachment, or an option that is not asked for",
    ),
    (
        "DeleteTransitRouterPeerAttachment",
        "InvalidValue.PrefixlistCidr",
        "Landbridge makes no prefix lists",
    ),
    (
        "ListTransitRouters",
        "InvalidOperation.UnsupportFilter InvalidOperation.UnsupportFilterValue",
        "Landbridge filters by no feature",
    ),
    (
        "OpenTransitRouterService",
        "OperationFailed.ContainsForbiddenLabel OperationFailed.Risk Risk.RiskControlRejection",
        "the cloud's risk control decides, and names no remedy",
    ),
    (
        "AuthorizeSecurityGroup",
        "InvalidNetworkType.Conflict NotSupported.ClassicNetworkPrefixList",
        "the group is of the classic network, or the rule of a form that Landbridge does not write",
    ),
    (
        "AuthorizeSecurityGroupEgress",
        "InvalidNetworkType.Conflict NotSupported.ClassicNetworkPrefixList",
        "the group is of the classic network, or the rule of a form that Landbridge does not write",
    ),
    (
        "RevokeSecurityGroup",
        "NotSupported.ClassicNetworkPrefixList",
        "the group is of the classic network, or the rule of a form that Landbridge does not write",
    ),
    (
        "RevokeSecurityGroupEgress",
        "InvalidDestCidrIp.sMalformed NotSupported.ClassicNetworkPrefixList",
        "the group is of the classic network, or the rule of a form that Landbridge does not write",
    ),
    (
        "DeleteInstances",
        "OperationDenied.SystemInstanceNotSupport",
        "the instance belongs to the cloud",
    ),
    (
        "RunCommand",
        "CmdParam.EmptyKey CmdParam.InvalidParamName InvalidInstance.NotMatch InvalidLauncher.LengthLimitExceeded InvalidOssOutputDelivery.BucketInOtherRegion InvalidOssOutputDelivery.BucketNotFound InvalidOssOutputDelivery.KeyPrefixMalformed InvalidResourceTag.ConflictWithInstanceIds OperationDenied.BidOwnResource Parameter.Disabled Parameter.NotMatched ParameterKey.Duplicate ParameterStore.InvalidParameters ParameterStore.NotSupported ParameterType.NotSupported TemporaryAccessKey.Error WindowsPasswordName.Missed",
        "Landbridge sends no parameters, tags, containers, users or deliveries with a command",
    ),
    (
        "RunInstances",
        "AccountForbidden.AssociatedWithResellerPartner AccountForbidden.ProductCreationLimited ImageNotSubscribed InvalidAccount.NotSupportSpot InvalidAccountStatus InvalidAliUid InvalidAutoPay.PostPaidUnsupported InvalidEniQueueSize.RegionOrUserNotSupported InvalidInstance.UnPaidOrder InvalidMarketImage.NotAuthorized InvalidMarketImageChargeType.NotSupport InvalidOperation.UserNotSupportNetworkCard InvalidOperation.UserNotSupportNetworkEncryption InvalidOperation.UserNotSupported InvalidPayMethod InvalidPeriod InvalidPeriod.ExceededDedicatedHost InvalidSpotAliUid OperationDenied.BidOwnResource OperationDenied.CashCouponsInsufficientOrExpired OperationDenied.PaygNotAvailable OperationDenied.PrepayNotAvailable OperationDenied.ResourceControl OperationDenied.TestAccountRetricted SecurityRisk.3DVerification",
        "the account may not buy this, and the cloud names no remedy",
    ),
    (
        "RunInstances",
        "ChargeTypeViolation.PostPaidDedicatedHost DedicatedHostNotSupported DedicatedHostType.Unmatched IncorrectDedicatedHostStatus IncorrectRecycleBinStatus Invalid.PrivatePoolOptions.Id Invalid.PrivatePoolOptions.MatchCriteria Invalid.PrivatePoolOptions.NoStock Invalid.PrivatePoolOptions.status Invalid.PrivatePoolOptionsId InvalidChargeType.CapacityReservationNotSupported InvalidCloudBoxZone.OperationNotSupported InvalidDedicatedHostClusterId.InValid InvalidDedicatedHostStatus.NotSupport InvalidDeploymentOnHost InvalidDestinationZone.DeploymentSetMismatch InvalidHpcClusterId.Necessary InvalidHpcClusterId.Unnecessary InvalidManagedPrivateSpaceId.DedicatedHostIdConflict InvalidManagedPrivateSpaceId.TenancyConflict InvalidSpotAuthorized InvalidSpotDuration InvalidSpotInterruptionBehavior InvalidSpotInterruptionBehavior.ClassicNetworkNotSupport InvalidSpotInterruptionBehavior.LocalDiskNotSupport InvalidSpotParam.EmptyZoneID InvalidSpotPrepaid InvalidSpotPriceLimit InvalidSpotPriceLimit.LowerThanPublicPrice InvalidSpotStrategy InvalidStorageClusterId.CapacityNotEnough InvalidStorageClusterId.CategoryNotMatch InvalidStorageClusterId.DiskSizeEmpty InvalidStorageClusterId.PerformanceLevelNotMatch InvalidStorageClusterId.StatusNotSupport InvalidStorageClusterId.ZoneIdEmpty NoAvaliableDedicatedHost SpotNotSupported",
        "Landbridge asks for no dedicated hosts, reserved capacity, deployment sets, clusters or spot prices",
    ),
    (
        "RunInstances",
        "BurstingEnabledForDiskCategoryUnsupported BurstingEnabledForMultiAttachDiskUnsupported CategoryNotSupported CategoryViolation DeleteWithInstance.Conflict HibernationConfigured.ImageNotEncrypted InvalidBurstingEnabled.DiskSizeTooSmall InvalidDevice.InUse InvalidDiskCategory.ConflictSnapshotCategory InvalidDiskCategory.Mismatch InvalidDiskCategory.NotSupported InvalidDiskIds.NotPortable InvalidDiskSize.TooSmall InvalidEncryptAlgorithm InvalidEncryptAlgorithm.NotMatchSnapshot InvalidEncrypted.DefaultEncryptionUnsupported InvalidEncrypted.NotMatchDiskDefaultEncryption InvalidEncrypted.NotMatchEncryptAlgorithm InvalidEncrypted.NotMatchKmsKeyId InvalidEncrypted.NotMatchSnapshot InvalidKMSKeyId.NotSymmetric InvalidKmsKeyId.NotMatchSnapshot InvalidOperation.InstanceTypeNotSupportNetworkEncryption InvalidProvisionedIops.LimitExceed InvalidRegionId.NotSupportEncryptAlgorithm InvalidSnapshotId.BasedSnapshotTooOld InvalidSnapshotId.NotDataDiskSnapshot NotSupport.SnapshotEncryptedAlgorithmConflict NotSupportSnapshotEncrypted.DiskCategory NotSupportSnapshotEncrypted.ImageOwnerAlias NotSupportSnapshotEncrypted.InstanceType NotSupportSnapshotEncrypted.RegionId NotSupportSnapshotEncrypted.ShareImage NotSupportSnapshotEncrypted.ZoneId OperationDenied.CloudSSDNotSupported OperationDenied.DiskTypeNotSupport OperationDenied.LocalDiskUnsupported OperationDenied.PerformanceLevelNotMatch OperationDenied.SnapshotNotAllowed OperationDenied.SnapshotNotValid OperationDenied.SnapshotParamsNotValid OperationDenied.TimestampNotSupported OperationDenied.ZoneSystemCategoryNotMatch ProvisionedIopsForDiskCategoryRequired ProvisionedIopsForDiskCategoryUnsupported",
        "Landbridge asks for no data disks, snapshots, encryption or disk options",
    ),
    (
        "RunInstances",
        "InvalidBandwidthOut.LessThanZero InvalidInnerIpAddress.Unusable InvalidIspBandwidthOut InvalidIspUID InvalidOperation.ExceedInstanceTypeQueueNumber InvalidOperation.HighPerformanceEniPerInstanceLimitExceeded InvalidOperation.HighPerformanceTrafficModeIsNotAllowed InvalidOperation.InstanceTypeNotSupportEniTrunking InvalidOperation.InstanceTypeNotSupportHighPerformanceTrafficMode InvalidOperation.InvalidNetworkInterfaceId InvalidOperation.Ipv4NotSupport InvalidOperation.Ipv6NotSupport InvalidOperation.MaxEniQueueNumberExceeded InvalidOperation.NetworkInterface InvalidOperation.PublicIpAddressNoStock InvalidOperation.RegionNotSupportNetworkInterfaceId InvalidOperation.VpcHasEnabledAdvancedNetworkFeature InvalidPrimaryIpAddress.SizeInvalid InvalidVSwitch.Ipv6NotTurnOn MaxEniIpv6IpsCountExceeded UnsupportedIspChargeType UnsupportedIspClassicNetwork UnsupportedIspNetworkChargeType UnsupportedIspRegion",
        "Landbridge gives an instance one interface with one address and sets no options of it",
    ),
    (
        "RunInstances",
        "DryRun.InvalidAmount HOSTNAME_ILLEGAL HibernationConfigured.InstanceOperationForbidden HibernationConfigured.InstanceTypeNotSupport HibernationConfigured.MemorySizeTooBig ImageNotSupportCloudInit InvalidAdditionalInfoPvdConfig.SizeExceeded InvalidHostname.SingleAndMultiConflict InvalidHostname.SizeInvalid InvalidHttpEndpoint.NotSupported InvalidHttpPutResponseHopLimit.NotSupported InvalidHttpTokens.NotSupported InvalidInstanceName.CustomMalformed InvalidNetworkType.MismatchRamRole InvalidOperation.ConfidentialComputingModeInInviteOnlyTesting InvalidPasswordParam.Mismatch InvalidRamRole.NotEcsRole InvalidSchedulerOptions InvalidSecurityOptions.NotSupported InvalidUserData.Base64FormatInvalid InvalidUserData.Forbidden InvalidUserData.NotSupported InvalidUserData.SizeExceeded LoginAsNonRoot.ImageNotSupport",
        "Landbridge sends no host names, user data, roles, metadata options or hibernation",
    ),
    (
        "RunInstances",
        "ClassicNetworkNotSupported DefaultVswitch.Existed EnterpriseGroupLimited.InstanceType EnterpriseGroupLimited.MutliGroupType ImageRemovedInMarket Invalid.InstanceChargeType Invalid.InstanceId Invalid.InstanceType Invalid.ZoneId InvalidCustomInstanceType.NotSupported InvalidImage.NotSupported InvalidImage.WindowsUnsupported InvalidInstanceChargeType.NotSupport InvalidNetworkType InvalidNetworkType.NotSupported InvalidResourceId.NotSupported InvalidSecurityGroup.NetworkType InvalidSecurityGroup.NotInDefaultVpc InvalidSecurityGroupId.MultiGroupIdNetworkTypeConflict InvalidSecurityGroupId.SingleIdAndMultiIdConflict InvalidVSwitch.DefaultVSwitchNotSupport InvalidVSwitchId.IpInvalid InvalidVSwitchId.Necessary InvalidVpcZone.NotSupported IoOptimized.NotSupported OperationDenied.FlavorNotSupported OperationDenied.ImageNotValid OperationDenied.InconsistentNetwork OperationDenied.InvalidNetworkType OperationDenied.NoVlan OperationDenied.RegionIdNotSupported ResourcesNotInSameZone",
        "the zone, the instance type, the image and the network do not go together; the message names what does not",
    ),
    (
        "AttachExpressConnectRouterChildInstance",
        "OperationDenied.VbrDoesNotSupportMpbgp",
        "the line cannot carry several routing families",
    ),
    (
        "CreateExpressConnectRouterAssociation",
        "ExclusiveParam.TransitRouterIdAndVpcId OperationDenied.AttachmentInCurrentRegionExisted OperationDenied.CrossAccountAttaching",
        "the router's other connections bar this one until they are changed",
    ),
    (
        "CreateRouteEntry",
        "DefaultValidate.Error FORBIDDEN_USE_VPC_AS_INTERNET_GATEWAY INVALID_VPC_ID INVALID_WEIGHT_PARAM InvalidNexthop InvalidNexthop.DirectEni InvalidNexthop.UnsupportedEniBizType InvalidNexthopListSize InvalidNexthopTypeAndList.BothNotNull InvalidNexthopTypeAndList.BothNull InvalidOppositeRouterType InvalidPhysicalConnectionBusinessStatus InvalidRouteEntrySize InvalidRouterInterface InvalidRouterType Mismatch.EniIdAndRouteTableId Mismatch.HaVipIdAndRouteTableId Mismatch.Ipv4GatewayIdAndRouteTableId OperationDenied.CloudBoxVbrEntryAllowedInCustomRouteTable OperationDenied.CreateEcmpForPublishedRouteEntry OperationDenied.GatewayRouteTableNotPermitted OperationDenied.Ipv6EntryOnCustomTable OperationDenied.NextHopTypeNotPermitted OperationDenied.RouteTableAssociateNotCloudBoxVSwitch OperationDenied.RouteTableTypeNotPermitted OperationDenied.RouterInterfaceFromDifferentZones OperationDenied.RouterInterfaceIpv6 OperationDenied.RouterInterfaceIpv6NotEnabled OperationDenied.RouterInterfaceToDifferentVpc OperationDenied.TrAttachmentIpv6Disabled OperationDenied.VbrIdle OperationDenied.VbrMisMatchCloudBox OperationDenied.VpcIpv6NotEnabled OperationFailed.CidrConflictWithPrefixList OperationFailed.EcmpInvalidRouterInterfaceOppositeType OperationFailed.InvalidNextHopType OperationFailed.InvalidNexthop OperationFailed.MultiScopeType OperationFailed.NotSupportIPV6 OperationFailed.PconnTrafficNotEnable OperationFailed.ScopeActiveRouteEntryType ResourceAlreadyAssociated.PrefixList",
        "the route does not fit its table or its next hop",
    ),
    (
        "CreateVSwitch",
        "OperationDenied.CenAttached OperationDenied.NatgwExist OperationDenied.VpcPeerExist OperationDenied.VpcPeerExists",
        "what the VPC is joined to bars the new vSwitch, and does not go away by itself",
    ),
    (
        "CreateVSwitch",
        "OperationFailed.CidrAcross OperationFailed.ResourceConflict OperationFailed.VpcIpv6Disabled VPC.SWITCH.RULE.QUOTA.NOT.EXISTS",
        "the cloud does not say that the conflict passes; the message names it",
    ),
    (
        "CreateVpc",
        "InvalidResourceGroupId OperationDenied.AvailableCidrInsufficient OperationDenied.CidrInExcludeCidrs OperationDenied.CidrUnavailableInPool OperationDenied.IpamPoolNotInRegion OperationDenied.MaskOfCidrIsNotAllowed OperationDenied.RequestRegionInvalid OperationFailed.IPv6CidrNotReserved ResourceNotEnough.Ipv6Cidr",
        "Landbridge takes no address pools and no resource groups",
    ),
    (
        "DeleteRouteEntry",
        "InvalidNextHop InvalidNextHopList.Size OperationDenied.NextHopNotChanged OperationDenied.RouteTableTypeNotPermitted OperationFailed.DeleteMultiScopeEntry",
        "the route has several next hops or scopes, which Landbridge does not write",
    ),
    (
        "DeleteVSwitch",
        "InvalidResource.NotBinding",
        "the vSwitch is in a state that the cloud does not explain",
    ),
    (
        "DeleteVpc",
        "InvalidAction",
        "the cloud does not explain the code",
    ),
    (
        "DescribeRouteEntryList",
        "OperationDenied.UseGatewayRouteEntryQueryInterface OperationFailed.FilterParamUnderWrongRouteType",
        "the table is one of a gateway, or a filter is sent that Landbridge does not send",
    ),
    (
        "DescribeRouteTableList",
        "Abs.InvalidPayPeriod Abs.InvalidPayType",
        "a parameter of older clients, which Landbridge does not send",
    ),
    (
        "DescribeVpcs",
        "InvalidAliuid InvalidResourceGroupId",
        "a parameter that Landbridge does not send",
    ),
    (
        "CreateVpcPeerConnection",
        "OperationDenied.CloudBoxExistsInAcceptingVpc OperationDenied.CloudBoxExistsInVpc OperationFailed.ChargeTypeNotSupported",
        "the regions or VPCs do not allow the connection; the message names it",
    ),
];
