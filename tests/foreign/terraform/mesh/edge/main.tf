# A peering of two networks, with a route on each side.

terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.from, aws.to]
    }
  }
}

variable "from" {
  type = object({ vpc = string, owner = string, region = string, range = string, table = string })
}

variable "to" {
  type = object({ vpc = string, owner = string, region = string, range = string, table = string })
}

resource "aws_vpc_peering_connection" "request" {
  provider      = aws.from
  vpc_id        = var.from.vpc
  peer_vpc_id   = var.to.vpc
  peer_owner_id = var.to.owner
  peer_region   = var.to.region
}

resource "aws_vpc_peering_connection_accepter" "acceptance" {
  provider                  = aws.to
  vpc_peering_connection_id = aws_vpc_peering_connection.request.id
  auto_accept               = true
}

resource "aws_route" "from" {
  provider                  = aws.from
  route_table_id            = var.from.table
  destination_cidr_block    = var.to.range
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.acceptance.id
}

resource "aws_route" "to" {
  provider                  = aws.to
  route_table_id            = var.to.table
  destination_cidr_block    = var.from.range
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.acceptance.id
}
