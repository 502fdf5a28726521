import Glibc
import Testing

@testable import Terminal

@Suite(.serialized) struct DeferredSignalsTests {
  #if compiler(>=6.2)
    @Test(
      "a signal that comes while a file takes its name ends the process after that",
      arguments: [SIGINT, SIGTERM, SIGHUP])
    func deferred(number: Int32) async {
      await #expect(processExitsWith: .signal(number)) { [number] in
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        signal(number, SIG_DFL)
        var isDone = false
        DeferredSignals.during {
          raise(number)
          isDone = true
        }
        // A thread of the process takes it, sooner or later; a body that was cut off would have ended by it before.
        sleep(isDone ? 30 : 0)
        exit(1)
      }
    }

    @Test("a handler that stood there hears of it, and an ignored signal stays ignored")
    func handled() async {
      await #expect(processExitsWith: .exitCode(42)) {
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        Interruption.install()
        signal(SIGHUP, SIG_IGN)
        var wasEarly = false
        DeferredSignals.during {
          raise(SIGHUP)
          raise(SIGTERM)
          wasEarly = Interruption.isRequested
        }
        for _ in 0..<30_000 where !Interruption.isRequested { usleep(1000) }
        exit(Interruption.isRequested && !wasEarly ? 42 : 1)
      }
    }
  #endif
}
