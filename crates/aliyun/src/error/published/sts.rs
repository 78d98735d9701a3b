//! The codes that the cloud publishes for the operations about identities and sessions that are called.

pub(super) const CODES: &[(&str, &str)] = &[
    (
        "AssumeRole",
        "AuthenticationFail.ApiPassword AuthenticationFail.ApiUsername EntityNotExist.Role InternalError InvalidParameter.ContentType InvalidParameter.DurationSeconds InvalidParameter.ExternalId InvalidParameter.PolicyGrammar InvalidParameter.PolicySize InvalidParameter.RoleArn InvalidParameter.RoleSessionName InvalidParameter.SerialNumber InvalidParameter.TokenCode NoPermission",
    ),
    ("GetCallerIdentity", "InternalError"),
];
