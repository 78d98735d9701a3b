# Five networks of two accounts in three regions, each peered with every other.

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
  alias                   = "a_east"
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
  alias                   = "a_central"
  region                  = "eu-central-1"
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
  alias                   = "b_east"
  region                  = "us-east-1"
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

provider "aws" {
  alias                   = "b_west"
  region                  = "us-west-2"
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

module "one" {
  source    = "./network"
  providers = { aws = aws.a_east }
  name      = "one"
  range     = "10.1.0.0/16"
}

module "two" {
  source    = "./network"
  providers = { aws = aws.a_east }
  name      = "two"
  range     = "10.2.0.0/16"
}

module "three" {
  source    = "./network"
  providers = { aws = aws.a_central }
  name      = "three"
  range     = "10.3.0.0/16"
}

module "four" {
  source    = "./network"
  providers = { aws = aws.b_east }
  name      = "four"
  range     = "10.4.0.0/16"
}

module "five" {
  source    = "./network"
  providers = { aws = aws.b_west }
  name      = "five"
  range     = "10.5.0.0/16"
}

module "one_two" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.a_east }
  from      = module.one.peer
  to        = module.two.peer
}

module "one_three" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.a_central }
  from      = module.one.peer
  to        = module.three.peer
}

module "one_four" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.b_east }
  from      = module.one.peer
  to        = module.four.peer
}

module "one_five" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.b_west }
  from      = module.one.peer
  to        = module.five.peer
}

module "two_three" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.a_central }
  from      = module.two.peer
  to        = module.three.peer
}

module "two_four" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.b_east }
  from      = module.two.peer
  to        = module.four.peer
}

module "two_five" {
  source    = "./edge"
  providers = { aws.from = aws.a_east, aws.to = aws.b_west }
  from      = module.two.peer
  to        = module.five.peer
}

module "three_four" {
  source    = "./edge"
  providers = { aws.from = aws.a_central, aws.to = aws.b_east }
  from      = module.three.peer
  to        = module.four.peer
}

module "three_five" {
  source    = "./edge"
  providers = { aws.from = aws.a_central, aws.to = aws.b_west }
  from      = module.three.peer
  to        = module.five.peer
}

module "four_five" {
  source    = "./edge"
  providers = { aws.from = aws.b_east, aws.to = aws.b_west }
  from      = module.four.peer
  to        = module.five.peer
}
