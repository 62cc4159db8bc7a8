int add(int a, int b) { return a + b; }
int sub(int a, int b) { return a - b; }
int count(void) { static int calls = 0; return ++calls; }
int global, other = 7; int *where = &other;
struct P { int a, b; } table[] = { {1}, {.b = 2} };
struct P swapped(struct P p) { int a = p.a; p.a = p.b; p.b = a; return p; }
int twice(int x) { int *p = &x; *p *= 2; return x; }
struct M { int a[2], b; }; struct M made(int n) { struct M m = {{n, n + 1}, n * 2}; return m; }
int depth(int n, int *up) { int here = n; if (up) *up += here; if (n == 0) return 0; int below = depth(n - 1, &here);
return here * 10 + below; }
int summed(struct P p) { p.a += p.b; return p.a; }
int (*chosen(int which))(int, int) { return which ? add : sub; }
struct { struct { int v[3]; } in[2]; char name[4]; int end; } deep =
    { .in[1].v[2] = 4, .in[0] = {{3}}, .name = "hey", 9 };
int total(int a[], int n) { int sum = 0; while (n--) sum += *a++; return sum; }
