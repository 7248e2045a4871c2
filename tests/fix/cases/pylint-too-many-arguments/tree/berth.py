def write(one, two, three, four, five, six, seven):
    return one + two + three + four + five + six + seven
