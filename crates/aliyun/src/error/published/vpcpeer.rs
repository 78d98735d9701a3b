//! The codes that the cloud publishes for the operations about peering connections that are called.

pub(super) const CODES: &[(&str, &str)] = &[
    (
        "AcceptVpcPeerConnection",
        "IncorrectBusinessStatus.VpcPeer IncorrectStatus.VpcPeer OperationFailed.CdtNotOpened OperationFailed.CrossBorderCdtNotOpened OperationFailed.NotExist.ResourceGroup ResourceNotFound.InstanceId",
    ),
    (
        "CreateVpcPeerConnection",
        "IncorrectBusinessStatus.AcceptUserVpcPeer IncorrectBusinessStatus.AcceptVpcPeer IncorrectBusinessStatus.VpcPeer IncorrectStatus.AcceptingVpc IncorrectStatus.Vpc OperationDenied.CloudBoxExistsInAcceptingVpc OperationDenied.CloudBoxExistsInVpc OperationDenied.OperateShareResource OperationFailed.AcceptUserCdtNotOpened OperationFailed.AcceptUserCrossBorderCdtNotOpened OperationFailed.CdtNotOpened OperationFailed.ChargeTypeNotSupported OperationFailed.CrossBorderCdtNotOpened OperationFailed.CrossBusinessNotAllowed OperationFailed.InterRegionLinkTypeNotSupported OperationFailed.NotExist.ResourceGroup OperationFailed.RegionIdNotSupportLinkType OperationFailed.SpecificLinkTypeNotSupported OperationFailed.ViolativeVpcPeer QuotaExceeded.CrossRegionVpcPeerCountPerVpc QuotaExceeded.IntraRegionVpcPeerCountPerVpc QuotaExceeded.VpcPeerCountPerUserPerRegion QuotaExceeded.VpcPeerCountPerVpc ResourceAlreadyExist.RouterInterface ResourceAlreadyExist.VpcPeer UnsupportedRegion",
    ),
    (
        "DeleteVpcPeerConnection",
        "IncorrectStatus.VpcPeer OperationDenied.RouteEntryExist OperationDenied.ServiceManagedInstance ResourceNotFound.InstanceId",
    ),
];
