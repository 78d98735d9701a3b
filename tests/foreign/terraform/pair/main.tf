# Two networks of two accounts in two regions, joined by a peering that the second account accepts.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "accounts" {
  type = list(object({ account = string, access_key_id = string, access_key_secret = string }))
}

provider "aws" {
  alias                   = "a"
  region                  = "us-east-1"
  access_key              = var.accounts[0].access_key_id
  secret_key              = var.accounts[0].access_key_secret
  allowed_account_ids     = [var.accounts[0].account]
  skip_metadata_api_check = true

  endpoints {
    ec2 = var.endpoint
    iam = var.endpoint
    sts = var.endpoint
  }
}

provider "aws" {
  alias                   = "b"
  region                  = "eu-central-1"
  access_key              = var.accounts[1].access_key_id
  secret_key              = var.accounts[1].access_key_secret
  allowed_account_ids     = [var.accounts[1].account]
  skip_metadata_api_check = true

  endpoints {
    ec2 = var.endpoint
    iam = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_vpc" "app" {
  provider             = aws.a
  cidr_block           = "10.10.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "app" }
}

resource "aws_vpc" "data" {
  provider             = aws.b
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "data" }
}

resource "aws_subnet" "app" {
  for_each          = { a = "10.10.1.0/24", b = "10.10.2.0/24" }
  provider          = aws.a
  vpc_id            = aws_vpc.app.id
  cidr_block        = each.value
  availability_zone = "us-east-1${each.key}"
}

resource "aws_subnet" "data" {
  provider          = aws.b
  vpc_id            = aws_vpc.data.id
  cidr_block        = "10.20.1.0/24"
  availability_zone = "eu-central-1a"
}

resource "aws_security_group" "app" {
  provider    = aws.a
  name        = "members-only"
  description = "members only"
  vpc_id      = aws_vpc.app.id

  dynamic "ingress" {
    for_each = { icmp = -1, tcp = 22 }
    content {
      protocol    = ingress.key
      from_port   = ingress.value
      to_port     = ingress.value
      cidr_blocks = [aws_vpc.data.cidr_block]
      description = "from the other network"
    }
  }

  # Terraform takes away the rule that lets everything out, which new groups have.
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "data" {
  provider    = aws.b
  name        = "members-only"
  description = "members only"
  vpc_id      = aws_vpc.data.id

  # Terraform takes away the rule that lets everything out, which new groups have.
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# The other way to write rules: one resource each.
resource "aws_vpc_security_group_ingress_rule" "data" {
  for_each          = { icmp = -1, tcp = 22 }
  provider          = aws.b
  security_group_id = aws_security_group.data.id
  ip_protocol       = each.key
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = aws_vpc.app.cidr_block
}

resource "aws_instance" "app" {
  provider               = aws.a
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.app["a"].id
  vpc_security_group_ids = [aws_security_group.app.id]
}

resource "aws_instance" "data" {
  provider               = aws.b
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.data.id
  vpc_security_group_ids = [aws_security_group.data.id]
}

output "hosts" {
  value = {
    app  = { instance = aws_instance.app.id, address = aws_instance.app.private_ip }
    data = { instance = aws_instance.data.id, address = aws_instance.data.private_ip }
  }
}

resource "aws_vpc_peering_connection" "request" {
  provider      = aws.a
  vpc_id        = aws_vpc.app.id
  peer_vpc_id   = aws_vpc.data.id
  peer_owner_id = var.accounts[1].account
  peer_region   = "eu-central-1"
  tags          = { Name = "app-data" }
}

resource "aws_vpc_peering_connection_accepter" "acceptance" {
  provider                  = aws.b
  vpc_peering_connection_id = aws_vpc_peering_connection.request.id
  auto_accept               = true
  tags                      = { Name = "app-data" }
}

resource "aws_vpc_peering_connection_options" "app" {
  provider                  = aws.a
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.acceptance.id
  requester {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_vpc_peering_connection_options" "data" {
  provider                  = aws.b
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.acceptance.id
  accepter {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_route" "app" {
  provider                  = aws.a
  route_table_id            = aws_vpc.app.main_route_table_id
  destination_cidr_block    = aws_vpc.data.cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.acceptance.id
}

resource "aws_route" "data" {
  provider                  = aws.b
  route_table_id            = aws_vpc.data.main_route_table_id
  destination_cidr_block    = aws_vpc.app.cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.acceptance.id
}
