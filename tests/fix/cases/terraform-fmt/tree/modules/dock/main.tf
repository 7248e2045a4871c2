resource "terraform_data" "dock" {
input = {
name="north"
    length = 12
}
}
