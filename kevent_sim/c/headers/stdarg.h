/* Variable arguments. */
#define va_start(ap, last) __va_start(&(ap), last)
#define va_arg(ap, type) __va_arg(&(ap), type)
#define va_end(ap) __va_end(&(ap))
#define va_copy(to, from) ((to) = (from))
typedef char *va_list;
