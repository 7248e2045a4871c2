int of(char *name)
{
    int n = name;
    return n;
}
