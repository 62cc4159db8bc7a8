#include <ntddk.h>

typedef struct _POINT {
    LONG X, Y;
} POINT;

typedef struct _BOX {
    POINT Low, High;
} BOX;

static POINT Add(POINT First, POINT Second)
{
    First.X += Second.X;
    First.Y += Second.Y;
    return First;
}

static BOX Moved(BOX Box, POINT By)
{
    BOX moved = { Add(Box.Low, By), Add(Box.High, By) };

    return moved;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    BOX box = { { 0, 0 }, { 2, 3 } }, boxes[2];
    POINT by = { .X = 5 };

    boxes[0] = box;
    boxes[1] = Moved(boxes[0], by);
    boxes[0].Low = boxes[1].High;
    return boxes[0].Low.X == 7 && boxes[0].Low.Y == 3 && box.Low.X == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
