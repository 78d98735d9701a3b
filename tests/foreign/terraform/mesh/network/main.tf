# A VPC with a subnet.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" {
  type = string
}

variable "range" {
  type = string
}

data "aws_region" "here" {}

data "aws_caller_identity" "owner" {}

resource "aws_vpc" "this" {
  cidr_block = var.range
  tags       = { Name = var.name }
}

resource "aws_subnet" "this" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(var.range, 8, 1)
  availability_zone = "${data.aws_region.here.name}a"
}

output "peer" {
  value = {
    vpc    = aws_vpc.this.id
    owner  = data.aws_caller_identity.owner.account_id
    region = data.aws_region.here.name
    range  = aws_vpc.this.cidr_block
    table  = aws_vpc.this.main_route_table_id
  }
}
