#include <ntddk.h>

static LONG Evaluate(PCSTR Text)
{
    LONG stack[4], value = 0;
    ULONG depth = 0;

    for (;; Text++) {
        switch (*Text) {
        case '0':
        case '1':
        case '2':
            stack[depth++] = *Text - '0';
            continue;
        case '+':
            value = stack[--depth];
            stack[depth - 1] += value;
            break;
        case '-':
            depth--;
            stack[depth - 1] -= stack[depth];
            break;
        default:
            return stack[0];
        }
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return Evaluate("12+21+-") == 0 && Evaluate("2") == 2 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
