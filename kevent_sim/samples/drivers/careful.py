"""The second driver, mended: it can be stopped at any moment, waits for its threads, and says what failed."""
# fmt: off
# Wrapped by hand, as the C beside it is: the two stand side by side in the notebooks.

from kevent_sim.ntifs import *

PARAMETERS = {"FileCount": 1000, "WriteCount": 100}


class SYNC_RESOURCES(Structure):
    FileCreationEvent: KEVENT
    StopEvent: KEVENT
    CreationThread: PVOID
    MoveThread: PVOID
    FileCount: ULONG
    WriteCount: ULONG


async def CreateFile(SyncRes, i):
    dataToWrite = b"Hello, World!\r\n"
    uniFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()
    hFile = HANDLE()
    ioStatusBlock = IO_STATUS_BLOCK()

    RtlInitUnicodeString(uniFilePath,
        f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
    InitializeObjectAttributes(objAttributes, uniFilePath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)
    status = await ZwCreateFile(hFile, GENERIC_WRITE,
        objAttributes, ioStatusBlock, None,
        FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
        FILE_SYNCHRONOUS_IO_NONALERT, None, 0)
    if not NT_SUCCESS(status):
        return status

    for j in range(SyncRes.WriteCount):
        status = await ZwWriteFile(hFile, None, None, None,
            ioStatusBlock, dataToWrite, len(dataToWrite),
            None, None)
        if not NT_SUCCESS(status):
            break

    await ZwClose(hFile)
    return status


async def MoveFile(i):
    oldFilePath = UNICODE_STRING()
    newFilePath = UNICODE_STRING()
    objAttributes = OBJECT_ATTRIBUTES()
    hFile = HANDLE()
    ioStatusBlock = IO_STATUS_BLOCK()

    RtlInitUnicodeString(oldFilePath,
        f"\\DosDevices\\C:\\Temp\\file_{i}.txt")
    RtlInitUnicodeString(newFilePath,
        f"\\DosDevices\\C:\\Temp2\\NewFile_{i}.txt")
    InitializeObjectAttributes(objAttributes, oldFilePath,
        OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, None, None)

    # No more access than a rename needs, and all sharing.
    status = await ZwOpenFile(hFile, DELETE | SYNCHRONIZE,
        objAttributes, ioStatusBlock,
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE)
    if not NT_SUCCESS(status):
        return status

    length = newFilePath.Length + FIELD_OFFSET(
        FILE_RENAME_INFORMATION, "FileName")
    renameInfo = FILE_RENAME_INFORMATION(length)
    renameInfo.ReplaceIfExists = True
    renameInfo.RootDirectory = None
    renameInfo.FileNameLength = newFilePath.Length
    renameInfo.FileName = newFilePath.Buffer
    status = await ZwSetInformationFile(hFile, ioStatusBlock,
        renameInfo, length, FileRenameInformation)

    await ZwClose(hFile)
    return status


async def FileCreationThread(SyncRes):
    status = STATUS_SUCCESS
    for i in range(SyncRes.FileCount):
        if await KeReadStateEvent(SyncRes.StopEvent):
            status = STATUS_CANCELLED
        else:
            status = await CreateFile(SyncRes, i)
        if not NT_SUCCESS(status):
            break

    # On every path one of the two is set: the mover waits for
    # either, and so it does not wait for ever.
    if NT_SUCCESS(status):
        await KeSetEvent(SyncRes.FileCreationEvent,
            IO_NO_INCREMENT, False)
    else:
        await KeSetEvent(SyncRes.StopEvent,
            IO_NO_INCREMENT, False)
    await PsTerminateSystemThread(status)


async def FileMoveThread(SyncRes):
    # StopEvent comes first: if both are signaled, it wins.
    waitObjects = [SyncRes.StopEvent, SyncRes.FileCreationEvent]
    status = await KeWaitForMultipleObjects(2, waitObjects,
        WaitAny, Executive, KernelMode, False, None, None)
    if status == STATUS_WAIT_0:
        await PsTerminateSystemThread(STATUS_CANCELLED)

    # A file that cannot be moved does not stop the others; the
    # thread ends with the first failure.
    result = STATUS_SUCCESS
    for i in range(SyncRes.FileCount):
        if await KeReadStateEvent(SyncRes.StopEvent):
            status = STATUS_CANCELLED
        else:
            status = await MoveFile(i)
        if NT_SUCCESS(result):
            result = status
        if status == STATUS_CANCELLED:
            break
    await PsTerminateSystemThread(result)


async def StartThread(SyncRes, StartRoutine, Thread):
    threadHandle = HANDLE()
    status = await PsCreateSystemThread(threadHandle,
        THREAD_ALL_ACCESS, None, None, None, StartRoutine,
        SyncRes)
    if not NT_SUCCESS(status):
        return status

    # The handle is ours, so this succeeds. The reference keeps
    # the thread's object for DriverUnload to wait on.
    await ObReferenceObjectByHandle(threadHandle, SYNCHRONIZE,
        PsThreadType, KernelMode, Thread, None)
    await ZwClose(threadHandle)
    return STATUS_SUCCESS


async def DriverUnload(DriverObject):
    SyncRes = DriverObject.DeviceObject.DeviceExtension
    await KeSetEvent(SyncRes.StopEvent, IO_NO_INCREMENT, False)

    threads = [SyncRes.CreationThread, SyncRes.MoveThread]
    await KeWaitForMultipleObjects(2, threads, WaitAll,
        Executive, KernelMode, False, None, None)
    await ObDereferenceObject(threads[0])
    await ObDereferenceObject(threads[1])

    # Nobody uses the extension or runs this code any more.
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
    # made: the one difference from the C.
    SyncRes = DeviceObject.DeviceExtension
    for name in PARAMETERS:
        setattr(SyncRes, name, registry_parameter(RegistryPath, name))

    await KeInitializeEvent(SyncRes.FileCreationEvent,
        SynchronizationEvent, False)
    await KeInitializeEvent(SyncRes.StopEvent,
        NotificationEvent, False)

    status = await StartThread(SyncRes, FileCreationThread,
        SyncRes.CreationThread)
    if not NT_SUCCESS(status):
        await IoDeleteDevice(DeviceObject)
        return status

    status = await StartThread(SyncRes, FileMoveThread,
        SyncRes.MoveThread)
    if not NT_SUCCESS(status):
        await KeSetEvent(SyncRes.StopEvent,
            IO_NO_INCREMENT, False)
        await KeWaitForSingleObject(SyncRes.CreationThread,
            Executive, KernelMode, False, None)
        await ObDereferenceObject(SyncRes.CreationThread)
        await IoDeleteDevice(DeviceObject)
        return status

    return STATUS_SUCCESS
