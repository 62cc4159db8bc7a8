/* Formats, which a driver writes into memory of its own. */
#include <stddef.h>
#include <stdarg.h>

int sprintf(char *buffer, const char *format, ...);
int _snprintf(char *buffer, size_t count, const char *format, ...);
int swprintf(wchar_t *buffer, size_t count, const wchar_t *format, ...);
int _snwprintf(wchar_t *buffer, size_t count, const wchar_t *format, ...);
int _vsnprintf(char *buffer, size_t count, const char *format, va_list arguments);
int _vsnwprintf(wchar_t *buffer, size_t count, const wchar_t *format, va_list arguments);
