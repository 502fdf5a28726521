import CLinux
import Glibc

/// A running process that somebody named, held so that a signal never reaches another one that got its number later.
public final class ProcessHandle: Sendable {
  public let pid: Int32
  private let handle: Int32

  private init(pid: Int32, handle: Int32) {
    self.pid = pid
    self.handle = handle
  }
  deinit { close(handle) }

  /// Takes hold of a process that may be signalled.
  /// - Throws: `badProcess` for pid 1 and below, this process itself, one that does not exist, and one of another user,
  ///   whatever this user would be allowed to do to it.
  public static func named(_ pid: Int) throws(WireError) -> ProcessHandle {
    func bad(_ problem: String, _ remedy: String) -> WireError { WireError(.badProcess, problem, remedy: remedy) }
    guard pid > 1, let number = Int32(exactly: pid) else {
      throw bad(
        pid == 1 ? "pid 1 is the system's first process" : "\(pid) is no process's number",
        "name the pid of the service, as pgrep shows it")
    }
    guard number != getpid() else { throw bad("pid \(pid) is this program itself", "name the pid of the service") }
    let handle = cl_process_open(number)
    guard handle >= 0 else {
      let number = errno
      throw bad(
        number == ESRCH
          ? "there is no process \(pid)" : "process \(pid) cannot be held: \(WireError.systemWords(number))",
        "name the pid of a running process, as pgrep shows it")
    }
    // The directory of a process belongs to the user that it runs as.
    var status = stat()
    guard stat("/proc/\(pid)", &status) == 0, status.st_uid == geteuid() else {
      close(handle)
      throw bad("process \(pid) is another user's", "run this as the user that the service runs as")
    }
    return ProcessHandle(pid: number, handle: handle)
  }

  /// Whether the signal went out; false where the process has ended.
  public func send(_ signal: Int32) -> Bool { cl_process_signal(handle, signal) == 0 }
}
