// The program; wired in serve.cc.
int main(int, char**) { return 0; }
