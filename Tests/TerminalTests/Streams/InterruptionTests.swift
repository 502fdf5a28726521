import Glibc
import Terminal
import Testing

@Suite(.serialized) struct InterruptionTests {
  #if compiler(>=6.2)
    @Test("sets a flag at the first Ctrl-C")
    func first() async {
      await #expect(processExitsWith: .exitCode(42)) {
        unblockSignals()
        Interruption.install()
        guard !Interruption.isRequested else { exit(1) }
        raise(SIGINT)
        exit(Interruption.isRequested ? 42 : 2)
      }
    }

    @Test("quits with 130 at the second")
    func second() async {
      await #expect(processExitsWith: .exitCode(130)) {
        unblockSignals()
        Interruption.install()
        raise(SIGTERM)
        raise(SIGINT)
        exit(0)
      }
    }
  #endif

  @Test("is not requested by itself")
  func notRequested() {
    #expect(!Interruption.isRequested)
  }
}

/// Lets a signal reach the thread that raises it: the pool's threads block all of them.
private func unblockSignals() {
  var signals = sigset_t()
  sigfillset(&signals)
  pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}
