terraform {
  required_version = ">= 1.5"
}

variable "region" {
  type    = string
  default = "north"
}
