#include <ntddk.h>

typedef struct _OPTIONS {
    ULONG Size;
    UCHAR Levels[4];
    struct {
        LONG Low, High;
    } Limits;
    PCSTR Name;
} OPTIONS;

static const OPTIONS Default = { .Levels = { [2] = 7 }, .Limits.High = 9, .Name = "default" };

static LONG Width(const OPTIONS *Options)
{
    return Options->Limits.High - Options->Limits.Low;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    OPTIONS options = { sizeof(options), { 1, 2 }, .Limits = { .Low = -1 } };
    LONG width = Width(&(OPTIONS){ .Limits = { 2, 5 } });

    if (options.Levels[3] != 0 || options.Limits.High != 0 || options.Name != NULL || width != 3) {
        return STATUS_UNSUCCESSFUL;
    }
    options = Default;
    return options.Levels[2] == 7 && options.Size == 0 && Width(&options) == 9 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
