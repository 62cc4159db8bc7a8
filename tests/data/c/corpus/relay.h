// relay.h: what a stage of the relay is
#pragma once

#ifndef _RELAY_H_
#define _RELAY_H_

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RELAY_STAGES 3
#define RELAY_NAME   L"\\??\\C:\\Temp\\baton.txt"

typedef struct _RELAY_STAGE {
    ULONG                 Number;
    struct _RELAY_STAGE  *Next;     // NULL for the last one
    KEVENT                Go;
    PVOID                 Thread;
    CHAR                  Letter;
} RELAY_STAGE, *PRELAY_STAGE;

extern RELAY_STAGE g_Stages[RELAY_STAGES];
extern HANDLE g_Baton;

DRIVER_UNLOAD RelayUnload;
KSTART_ROUTINE RelayRun;

FORCEINLINE
VOID
RelayPass(
    _In_opt_ PRELAY_STAGE Stage
    )
{
    if (Stage != NULL) {
        KeSetEvent(&Stage->Go, IO_NO_INCREMENT, FALSE);
    }
}

#ifdef __cplusplus
}
#endif

#endif
