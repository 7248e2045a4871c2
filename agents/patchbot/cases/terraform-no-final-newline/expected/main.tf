terraform {
  required_version = ">= 1.5"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

locals {
  name      = "shop"
  long_name = "shop-${var.region}"
}