"""The article's third driver: the mover waits for a notification event, and resets it by hand."""
# fmt: off
# Wrapped by hand, as the C beside it is: the two stand side by side in the notebooks.

from kevent_sim.ntifs import *

PARAMETERS = {"FileCount": 1000, "WriteCount": 100}


class SYNC_RESOURCES(Structure):
    FileOperationEvent: KEVENT
    FileCount: ULONG
    WriteCount: ULONG


async def FileCreationThread(SyncRes):
    dataToWrite = b"Hello, World!\r\n"
    uniFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()

    for i in range(SyncRes.FileCount):
        RtlInitUnicodeString(uniFilePath,
            f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
        InitializeObjectAttributes(objAttributes, uniFilePath,
            OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)

        hFile = HANDLE()
        ioStatusBlock = IO_STATUS_BLOCK()
        status = await ZwCreateFile(hFile, GENERIC_WRITE,
            objAttributes, ioStatusBlock, None,
            FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
            FILE_SYNCHRONOUS_IO_NONALERT, None, 0)
        if NT_SUCCESS(status):
            for j in range(SyncRes.WriteCount):
                await ZwWriteFile(hFile, None, None, None,
                    ioStatusBlock, dataToWrite, len(dataToWrite),
                    None, None)
            await ZwClose(hFile)

    # All files are written and closed: a thread that waits,
    # now or later, may go on.
    await KeSetEvent(SyncRes.FileOperationEvent,
        IO_NO_INCREMENT, False)


async def FileMoveThread(SyncRes):
    oldFilePath = UNICODE_STRING()
    newFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()

    # The wait leaves the event signaled; the reset is a second
    # step, and other threads may run between the two.
    await KeWaitForSingleObject(SyncRes.FileOperationEvent,
        Executive, KernelMode, False, None)
    await KeResetEvent(SyncRes.FileOperationEvent)

    for i in range(SyncRes.FileCount):
        RtlInitUnicodeString(oldFilePath,
            f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
        RtlInitUnicodeString(newFilePath,
            f"\\DosDevices\\C:\\Temp2\\NewFile_{i}.txt")
        InitializeObjectAttributes(objAttributes, oldFilePath,
            OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)

        hFile = HANDLE()
        ioStatusBlock = IO_STATUS_BLOCK()
        status = await ZwOpenFile(hFile, FILE_ALL_ACCESS,
            objAttributes, ioStatusBlock,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            FILE_SYNCHRONOUS_IO_NONALERT)
        if NT_SUCCESS(status):
            # The article's buffer is too short for this name;
            # ours is not. Notebook 08 shows what that does.
            length = newFilePath.Length + FIELD_OFFSET(
                FILE_RENAME_INFORMATION, "FileName")
            renameInfo = FILE_RENAME_INFORMATION(length)

            renameInfo.ReplaceIfExists = True
            renameInfo.RootDirectory = None
            renameInfo.FileNameLength = newFilePath.Length
            renameInfo.FileName = newFilePath.Buffer

            await ZwSetInformationFile(hFile, ioStatusBlock,
                renameInfo, length, FileRenameInformation)

            await ZwClose(hFile)


async def DriverUnload(DriverObject):
    await IoDeleteDevice(DriverObject.DeviceObject)


async def DriverEntry(DriverObject, RegistryPath):
    DriverObject.DriverUnload = DriverUnload

    DeviceObject = DEVICE_OBJECT()
    status = await IoCreateDevice(DriverObject,
        sizeof(SYNC_RESOURCES), None, FILE_DEVICE_UNKNOWN,
        FILE_DEVICE_SECURE_OPEN, False, DeviceObject)
    if not NT_SUCCESS(status):
        return status

    # Loop bounds from the registry, so that small runs can be
    # made: the one difference from the article's C.
    SyncRes = DeviceObject.DeviceExtension
    for name in PARAMETERS:
        setattr(SyncRes, name, registry_parameter(RegistryPath, name))

    await KeInitializeEvent(SyncRes.FileOperationEvent,
        NotificationEvent, False)

    threadHandle1, threadHandle2 = HANDLE(), HANDLE()
    status = await PsCreateSystemThread(threadHandle1, 0, None,
        None, None, FileCreationThread, SyncRes)
    if NT_SUCCESS(status):
        await ZwClose(threadHandle1)

    status = await PsCreateSystemThread(threadHandle2, 0, None,
        None, None, FileMoveThread, SyncRes)
    if NT_SUCCESS(status):
        await ZwClose(threadHandle2)

    return STATUS_SUCCESS
