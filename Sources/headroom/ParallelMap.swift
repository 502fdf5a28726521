import Glibc
import Quantities
import Synchronization

/// Independent work over the cores of this machine, results in order.
enum ParallelMap {
  /// HEADROOM_THREADS where it is set to a number from 1 up, else the cores of this machine.
  static var threads: Int {
    if let text = getenv("HEADROOM_THREADS"), let n = Int(String(cString: text)), n >= 1 { return min(n, 1024) }
    return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// The results of `transform` for 0 up to `count`, each computed once, the same on any number of threads.
  /// - Parameter threads: how many; nil for ``threads``.
  static func map<Result: Sendable>(
    _ count: Int, threads: Int? = nil, _ transform: @escaping @Sendable (Int) -> Result
  ) -> [Result] {
    let workers = min(threads ?? Self.threads, count)
    guard workers > 1 else { return (0..<count).map(transform) }
    let state = Progress<Result>(count)
    // What holds on this thread holds on the others.
    let currency = Currency.current
    let work = Work { currency.shown { state.run(transform) } }
    var handles: [pthread_t] = []
    for _ in 1..<workers {
      var handle = pthread_t()
      let context = Unmanaged.passRetained(work).toOpaque()
      let status = pthread_create(
        &handle, nil,
        { context in
          if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
          return nil
        }, context)
      // Fewer threads do the same work.
      guard status == 0 else {
        Unmanaged<Work>.fromOpaque(context).release()
        break
      }
      handles.append(handle)
    }
    work.body()
    for handle in handles { pthread_join(handle, nil) }
    return state.results()
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private final class Progress<Result: Sendable>: Sendable {
    let count: Int
    let next = Atomic<Int>(0)
    let done: Mutex<[Result?]>

    init(_ count: Int) {
      self.count = count
      done = Mutex(Array(repeating: nil, count: count))
    }
    func run(_ transform: (Int) -> Result) {
      while true {
        let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard i < count else { return }
        let result = transform(i)
        done.withLock { $0[i] = result }
      }
    }
    func results() -> [Result] { done.withLock { $0.compactMap { $0 } } }
  }
}
