/* The few functions of the C library that a driver may call. */
#include <stddef.h>
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define __min(a, b) (((a) < (b)) ? (a) : (b))
#define __max(a, b) (((a) > (b)) ? (a) : (b))

int abs(int number);
long labs(long number);
int atoi(const char *string);
