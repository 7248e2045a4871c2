#include <string>
#include <vector>

int count() {
    std::vector<std::string> names{"a", "b"};
    return static_cast<int>(names.size());
}
