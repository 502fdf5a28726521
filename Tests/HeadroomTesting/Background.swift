import Dispatch
import Foundation
import Synchronization

/// Something that runs on a thread of its own beside a test, until it is told to stop.
public final class Background<Value: Sendable>: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// - Parameter body: is given what says whether it shall stop.
  public init(_ body: @escaping @Sendable (_ isStopped: @Sendable () -> Bool) throws -> Value) {
    Thread.detachNewThread { [self] in
      let result = Result { try body { self.stopped.load(ordering: .relaxed) } }
      outcome.withLock { $0 = result }
      done.signal()
    }
  }

  public var isDone: Bool { outcome.withLock { $0 != nil } }
  public func stop() { stopped.store(true, ordering: .relaxed) }

  /// Waits for its end.
  public func value() throws -> Value {
    done.wait()
    done.signal()
    guard let result = outcome.withLock({ $0 }) else { throw CancellationError() }
    return try result.get()
  }
}
