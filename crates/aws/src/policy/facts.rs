//! Which action is asked about which resources.

/// One way in which policies limit an action. An action may have several: EC2 asks about each resource of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// What is created: this sort of object, with the topology's tag.
    New(&'static str),
    /// Tags that are written with a creation.
    TagNew,
    /// What carries the topology's tag.
    Ours,
    /// An existing VPC, by its ID.
    Existing,
    /// An existing security group, by its ID.
    ExistingGroup,
    /// An existing subnet, by its ID.
    ExistingSubnet,
    /// Rules of security groups, which carry no tags.
    RuleItself,
    /// Route tables where Landbridge creates VPCs.
    TableOfNew,
    /// Route tables of existing VPCs.
    TableOfExisting,
    /// Tags of such tables that mark routes.
    Mark,
    /// A peering that is requested, with the topology's tag, of a declared VPC.
    Requested,
    /// A peering that the owner of a declared VPC requests.
    Offered,
    /// A peering that carries the topology's tag.
    OwnPeering,
    /// What an instance is made of.
    Parts,
    /// Tags of what was made under an earlier name.
    Rename,
    /// Paths of Reachability Analyzer and their analyses.
    Analysis,
    /// The role of the agents, and the instance profile that has its name.
    AgentRole,
    /// The policy of that role.
    AgentPolicy,
    /// The roles that instances get.
    PassRole,
    /// The document that commands are made from.
    Script,
    /// Instances that carry the topology's tag, for commands.
    OwnProbes,
    /// Existing instances, by their IDs, for commands.
    ExistingProbes,
    /// Parameters that the cloud publishes.
    PublicParameters,
}

impl Fact {
    /// All of them, in the order of statements.
    pub(super) const ALL: &'static [Self] = &[
        Self::New("vpc"),
        Self::New("subnet"),
        Self::New("security-group"),
        Self::New("instance"),
        Self::New("vpc-endpoint"),
        Self::Requested,
        Self::TagNew,
        Self::Ours,
        Self::OwnPeering,
        Self::Offered,
        Self::Existing,
        Self::ExistingGroup,
        Self::ExistingSubnet,
        Self::RuleItself,
        Self::TableOfNew,
        Self::TableOfExisting,
        Self::Mark,
        Self::Parts,
        Self::Rename,
        Self::Analysis,
        Self::AgentRole,
        Self::AgentPolicy,
        Self::PassRole,
        Self::Script,
        Self::OwnProbes,
        Self::ExistingProbes,
        Self::PublicParameters,
    ];

    pub(super) fn sid(self) -> &'static str {
        match self {
            Self::New("vpc") => "CreateVpcs",
            Self::New("subnet") => "CreateSubnets",
            Self::New("security-group") => "CreateGroups",
            Self::New("vpc-endpoint") => "CreateEndpoints",
            Self::New(_) => "RunInstances",
            Self::TagNew => "TagWhatIsCreated",
            Self::Ours => "ChangeAndDeleteOwn",
            Self::Existing => "UseExistingVpcs",
            Self::ExistingGroup => "UseExistingGroups",
            Self::ExistingSubnet => "UseExistingSubnets",
            Self::RuleItself => "RulesThemselves",
            Self::TableOfNew => "Routes",
            Self::TableOfExisting => "RoutesOfExistingVpcs",
            Self::Mark => "MarkRoutes",
            Self::Requested => "RequestPeerings",
            Self::Offered => "AcceptPeerings",
            Self::OwnPeering => "ChangeAndDeleteOwnPeerings",
            Self::Parts => "PartsOfInstances",
            Self::Rename => "Rename",
            Self::Analysis => "AnalysePaths",
            Self::AgentRole => "RoleOfAgents",
            Self::AgentPolicy => "PolicyOfAgents",
            Self::PassRole => "PassRoleOfAgents",
            Self::Script => "RunScript",
            Self::OwnProbes => "RunOnOwnInstances",
            Self::ExistingProbes => "RunOnExistingInstances",
            Self::PublicParameters => "NewestImages",
        }
    }

    pub(super) fn why(self) -> &'static str {
        match self {
            Self::New(_) => "creates objects that carry the tag of the topology, and no others",
            Self::TagNew => "writes that tag while the object is created, and at no other time",
            Self::Ours => "uses, changes and deletes what carries the tag, and nothing else",
            Self::Existing => "joins the existing VPCs that the file names",
            Self::ExistingGroup => {
                "writes rules into the existing security groups that the file names, and puts instances into them"
            }
            Self::ExistingSubnet => "runs instances in the existing subnets that the file names",
            Self::RuleItself => "the rules of those groups, which carry no tags",
            Self::TableOfNew => "routes of the VPCs that Landbridge creates",
            Self::TableOfExisting => "routes of the existing VPCs that the file names",
            Self::Mark => "marks routes over peerings of others, in tags of their tables",
            Self::Requested => {
                "requests peerings with the declared accounts and VPCs, and no others"
            }
            Self::Offered => {
                "accepts peerings that declared accounts and VPCs request, and no others"
            }
            Self::OwnPeering => "changes and deletes the peerings that carry the tag",
            Self::Parts => "network interfaces, disks and images of instances",
            Self::Analysis => {
                "asks Reachability Analyzer, and deletes what it leaves; to which resources these actions can be limited is not \
                 verified"
            }
            Self::AgentRole => {
                "makes the role of the agents with its instance profile, and deletes them"
            }
            Self::AgentPolicy => {
                "gives that role the policy that lets agents fetch commands, and no other"
            }
            Self::PassRole => "hands that role to instances, and to nothing else",
            Self::Script => "pings are shell scripts",
            Self::OwnProbes => "runs them on instances that carry the tag",
            Self::PublicParameters => {
                "reads which images are the newest, as the cloud publishes it"
            }
            Self::ExistingProbes => "runs them on the existing instances that the file names",
            Self::Rename => "tags what was made under an earlier name of the file with its new one",
        }
    }

    /// The resources and conditions in a few words.
    pub(super) fn words(self) -> String {
        match self {
            Self::New(kind) => format!("`{kind}/*` with the topology's tag in the request"),
            Self::TagNew => "tags of a creation".to_owned(),
            Self::Ours => "what carries the topology's tag".to_owned(),
            Self::Existing => "`vpc/ID` of existing VPCs".to_owned(),
            Self::ExistingGroup => "`security-group/ID` of existing groups".to_owned(),
            Self::ExistingSubnet => "`subnet/ID` of existing subnets".to_owned(),
            Self::RuleItself => "`security-group-rule/*`".to_owned(),
            Self::TableOfNew => "`route-table/*` where Landbridge creates VPCs".to_owned(),
            Self::TableOfExisting => "`route-table/*` of existing VPCs (`ec2:Vpc`)".to_owned(),
            Self::Mark => "tags of such tables that begin with `landbridge:route:`".to_owned(),
            Self::Requested => {
                "`vpc-peering-connection/*` with the topology's tag in the request, to declared VPCs (`ec2:AccepterVpc`)"
                    .to_owned()
            }
            Self::Offered => {
                "`vpc-peering-connection/*` from declared VPCs (`ec2:RequesterVpc`)".to_owned()
            }
            Self::OwnPeering => {
                "`vpc-peering-connection/*` that carries the topology's tag".to_owned()
            }
            Self::Parts => "`network-interface/*`, `volume/*`, `image/*`".to_owned(),
            Self::AgentRole => {
                "`role/landbridge-agent-TOPOLOGY` and `instance-profile/landbridge-agent-TOPOLOGY`"
                    .to_owned()
            }
            Self::AgentPolicy => {
                "`role/landbridge-agent-TOPOLOGY`, with one policy (`iam:PolicyARN`)".to_owned()
            }
            Self::PassRole => {
                "that role and roles with the names of named instance profiles, to EC2 (`iam:PassedToService`)"
                    .to_owned()
            }
            Self::Script => "`document/AWS-RunShellScript`".to_owned(),
            Self::OwnProbes => {
                "`instance/*` that carries the topology's tag (`ssm:resourceTag`)".to_owned()
            }
            Self::ExistingProbes => "`instance/ID` of existing instances".to_owned(),
            Self::PublicParameters => "`parameter/aws/service/*`".to_owned(),
            Self::Rename => "tags of what carries an earlier name".to_owned(),
            Self::Analysis => "`*` (not verified)".to_owned(),
        }
    }
}

/// The calls that create what carries tags, and the sort of object.
pub(super) const CREATES: &[(&str, &str)] = &[
    ("CreateNetworkInsightsPath", "network-insights-path"),
    ("CreateSecurityGroup", "security-group"),
    ("StartNetworkInsightsAnalysis", "network-insights-analysis"),
    ("CreateSubnet", "subnet"),
    ("CreateVpc", "vpc"),
    ("CreateVpcEndpoint", "vpc-endpoint"),
    ("CreateVpcPeeringConnection", "vpc-peering-connection"),
    ("RunInstances", "instance"),
];

/// The sorts of objects that carry tags.
pub(super) const TAGGED: &[&str] = &[
    "instance",
    "security-group",
    "subnet",
    "vpc",
    "vpc-endpoint",
    "vpc-peering-connection",
];

/// The ways in which policies limit an action; none for one that EC2 limits to no resource.
pub(super) fn facts_of(action: &str) -> &'static [Fact] {
    use Fact::{
        AgentPolicy, AgentRole, Analysis, Existing, ExistingGroup, ExistingProbes, ExistingSubnet,
        Mark, New, Offered, Ours, OwnPeering, OwnProbes, Parts, PassRole, PublicParameters, Rename,
        Requested, RuleItself, Script, TableOfExisting, TableOfNew, TagNew,
    };
    match action {
        "ec2:CreateVpc" => &[New("vpc")],
        "ec2:CreateSubnet" => &[New("subnet"), Ours, Existing],
        "ec2:CreateSecurityGroup" => &[New("security-group"), Ours, Existing],
        "ec2:CreateVpcPeeringConnection" => &[Requested, Ours, Existing],
        "ec2:AcceptVpcPeeringConnection" => &[Offered, Ours, Existing],
        "ec2:CreateTags" => &[TagNew, Mark, Rename],
        "ec2:DeleteTags" => &[Mark],
        "ec2:AssociateVpcCidrBlock"
        | "ec2:DisassociateVpcCidrBlock"
        | "ec2:DeleteVpc"
        | "ec2:DeleteSubnet"
        | "ec2:DeleteSecurityGroup"
        | "ec2:DeleteVpcEndpoints"
        | "ec2:TerminateInstances" => &[Ours],
        "ec2:CreateVpcEndpoint" => &[New("vpc-endpoint"), Ours, Existing, ExistingSubnet],
        "ec2:ModifyVpcAttribute" => &[Ours, Existing],
        "ec2:DeleteVpcPeeringConnection" => &[OwnPeering],
        "ec2:ModifyVpcPeeringConnectionOptions" => &[OwnPeering, Offered],
        "ec2:CreateRoute" | "ec2:ReplaceRoute" | "ec2:DeleteRoute" => {
            &[TableOfNew, TableOfExisting]
        }
        "ec2:AuthorizeSecurityGroupIngress"
        | "ec2:AuthorizeSecurityGroupEgress"
        | "ec2:RevokeSecurityGroupIngress"
        | "ec2:RevokeSecurityGroupEgress" => &[Ours, ExistingGroup, RuleItself],
        "ec2:CreateNetworkInsightsPath"
        | "ec2:DeleteNetworkInsightsAnalysis"
        | "ec2:DeleteNetworkInsightsPath"
        | "ec2:DescribeNetworkInsightsAnalyses"
        | "ec2:DescribeNetworkInsightsPaths"
        | "ec2:StartNetworkInsightsAnalysis"
        | "tiros:CreateQuery"
        | "tiros:GetQueryAnswer"
        | "tiros:GetQueryExplanation" => &[Analysis],
        "ec2:RunInstances" => &[New("instance"), Ours, ExistingGroup, ExistingSubnet, Parts],
        "iam:AttachRolePolicy" | "iam:DetachRolePolicy" => &[AgentPolicy],
        "iam:PassRole" => &[PassRole],
        "iam:AddRoleToInstanceProfile"
        | "iam:CreateInstanceProfile"
        | "iam:CreateRole"
        | "iam:DeleteInstanceProfile"
        | "iam:DeleteRole"
        | "iam:GetRole"
        | "iam:ListAttachedRolePolicies"
        | "iam:ListRolePolicies"
        | "iam:RemoveRoleFromInstanceProfile"
        | "iam:TagInstanceProfile"
        | "iam:TagRole" => &[AgentRole],
        "ssm:GetParameter" | "ssm:GetParameters" => &[PublicParameters],
        "ssm:SendCommand" => &[Script, OwnProbes, ExistingProbes],
        _ => &[],
    }
}

/// The sorts of objects that an action uses, changes or deletes if they carry the topology's tag.
pub(super) fn own_kinds(action: &&str) -> &'static [&'static str] {
    match *action {
        "ec2:DeleteSubnet" => &["subnet"],
        "ec2:DeleteSecurityGroup"
        | "ec2:AuthorizeSecurityGroupIngress"
        | "ec2:AuthorizeSecurityGroupEgress"
        | "ec2:RevokeSecurityGroupIngress"
        | "ec2:RevokeSecurityGroupEgress" => &["security-group"],
        "ec2:TerminateInstances" => &["instance"],
        "ec2:RunInstances" => &["security-group", "subnet"],
        "ec2:CreateVpcEndpoint" => &["security-group", "subnet", "vpc"],
        "ec2:DeleteVpcEndpoints" => &["vpc-endpoint"],
        _ => &["vpc"],
    }
}
