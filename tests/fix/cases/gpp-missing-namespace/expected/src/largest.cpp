#include <algorithm>
#include <vector>

int largest(const std::vector<int> &values) {
    std::vector<int> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    return sorted.back();
}
