import Glibc
import Synchronization

/// Ctrl-C and `kill`, asked for rather than suffered: the first one lets the work end with a partial result.
public enum Interruption {
  private static let count = Atomic<Int>(0)

  /// Whether the user has asked to stop. Long work looks here now and then, which costs one atomic read.
  public static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// Handles SIGINT, SIGTERM and SIGHUP from here on: the first sets `isRequested`, the second ends the process with 130.
  ///
  /// System calls that wait return EINTR (no SA_RESTART), so that a blocked reader notices the request.
  public static func install() {
    // The handler must not be the first to touch the counter: making it takes a lock, which no handler may.
    count.store(0, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      if Interruption.count.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(ExitCode.interrupted.rawValue) }
      let keptError = errno
      let note: StaticString = "\nStopping with what is there. Press Ctrl-C again to quit at once.\n"
      _ = Glibc.write(2, note.utf8Start, note.utf8CodeUnitCount)
      errno = keptError
    }
    sigemptyset(&action.sa_mask)
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
    // Under nohup a terminal that closes is nothing to stop for.
    var old = sigaction()
    sigaction(SIGHUP, nil, &old)
    if unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) {
      sigaction(SIGHUP, &action, nil)
    }
    // Who starts a program from a thread that blocks its signals hands that on to it: a server would never be told to end.
    var heard = sigset_t()
    sigemptyset(&heard)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&heard, number) }
    pthread_sigmask(SIG_UNBLOCK, &heard, nil)
  }

  /// Gives SIGINT, SIGTERM and SIGHUP back to the system, and forgets a request.
  public static func uninstall() {
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
    signal(SIGHUP, SIG_DFL)
    count.store(0, ordering: .relaxed)
  }
}
