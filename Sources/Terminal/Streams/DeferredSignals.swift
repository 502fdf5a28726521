import Glibc
import Synchronization

/// Signals that ask a process to end, put off for the moment in which a file takes its name.
enum DeferredSignals {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]
  /// Handlers belong to the process: only one part of it may exchange them at a time.
  private static let turn = Mutex(())
  private static let heard = Atomic<Int32>(0)

  /// Does what must not be cut in two, then lets a signal that came meanwhile do what it would have done.
  ///
  /// Handlers are exchanged, not masks: another thread would take a signal that this one blocks. What ignores a signal
  /// (as `nohup` does) goes on ignoring it. Nothing holds off SIGKILL.
  static func during(_ body: () -> Void) {
    let number = turn.withLock { _ -> Int32 in
      heard.store(0, ordering: .relaxed)
      var held: [(number: Int32, action: sigaction)] = []
      for number in numbers {
        var old = sigaction()
        guard sigaction(number, nil, &old) == 0 else { continue }
        if unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
          continue
        }
        var hold = sigaction()
        hold.__sigaction_handler.sa_handler = { DeferredSignals.heard.store($0, ordering: .relaxed) }
        hold.sa_flags = SA_RESTART
        sigemptyset(&hold.sa_mask)
        if sigaction(number, &hold, nil) == 0 { held.append((number, old)) }
      }
      body()
      for index in held.indices { sigaction(held[index].number, &held[index].action, nil) }
      return heard.load(ordering: .relaxed)
    }
    if number > 0 { kill(getpid(), number) }
  }
}
