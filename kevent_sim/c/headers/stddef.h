/* The types of the language. */
#define NULL ((void *)0)
typedef unsigned long long size_t;
typedef long long ptrdiff_t, ssize_t;
typedef unsigned short wchar_t, wint_t, wctype_t;
typedef long long intptr_t;
typedef unsigned long long uintptr_t;
