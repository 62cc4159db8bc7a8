/* Strings of wide characters, which string.h declares. */
#include <string.h>
