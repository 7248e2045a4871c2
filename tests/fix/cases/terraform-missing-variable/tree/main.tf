resource "terraform_data" "dock" {
  input = var.length
}
