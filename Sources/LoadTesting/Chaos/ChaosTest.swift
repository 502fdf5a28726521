import Glibc
import Quantities
import Synchronization
import Wire

/// A load test whose way to the service goes through a faulty network: load and faults on one clock.
public struct ChaosTest: Sendable {
  public var target: LoadTarget
  public var service: LoadTarget
  public var settings: LoadSettings
  public var proxy: ChaosProxy.Settings

  /// - Parameters:
  ///   - target: what is asked; the test connects through the proxy.
  ///   - service: where the proxy connects to; nil for the target's own address.
  ///   - settings: an open loop, so that those who come during a fault are counted.
  public init(
    _ target: LoadTarget, at service: LoadTarget? = nil, _ settings: LoadSettings, _ proxy: ChaosProxy.Settings
  ) {
    self.target = target
    self.service = service ?? target
    self.settings = settings
    self.proxy = proxy
  }

  public struct Result: Sendable {
    public var load: LoadResult
    public var chaos: ChaosResult
    public var recovery: FaultRecovery
  }

  /// Runs the load on the calling thread and the proxy on one beside it.
  public func run(
    isInterrupted: @escaping @Sendable () -> Bool = { false }, onSecond: (LoadSecond) -> Void = { _ in },
    onFault: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(LoadTestingError) -> Result {
    guard case .open(let schedule) = settings.pattern else {
      throw LoadTestingError(
        .badSettings, "a closed loop asks less of a service that is in trouble", remedy: "leave out --closed")
    }
    let proxy = try ChaosProxy(to: service, self.proxy)
    var through = target
    do {
      let host = self.proxy.listenHost
      through.endpoint = try .resolve(host: host == "0.0.0.0" ? "127.0.0.1" : host, port: proxy.port)
    } catch {
      throw LoadTestingError(.exhausted, error.problem, remedy: error.remedy)
    }
    var settings = settings
    settings.keepsOutcomes = true
    let test = LoadTest(through, settings)
    let shared = Shared()
    let thread = SideThread { [shared] in
      do throws(LoadTestingError) {
        let result = try proxy.run(
          startedAt: {
            let time = shared.start.load(ordering: .acquiring)
            return time == 0 ? nil : time
          }, isInterrupted: { shared.isOver.load(ordering: .relaxed) }, onFault: onFault)
        shared.result.withLock { $0 = .success(result) }
      } catch {
        shared.result.withLock { $0 = .failure(error) }
      }
    }
    guard let thread else {
      throw LoadTestingError(
        .exhausted, "the system gives no thread", remedy: "raise the limit of processes (ulimit -u)")
    }
    var load: LoadResult?
    var failure: LoadTestingError?
    do throws(LoadTestingError) {
      load = try test.run(
        isInterrupted: {
          // The engine asks first as its schedule begins: the faults count from the same moment.
          if shared.start.load(ordering: .relaxed) == 0 { shared.start.store(Monotonic.now(), ordering: .releasing) }
          return isInterrupted()
        }, onSecond: onSecond)
    } catch {
      failure = error
    }
    shared.isOver.store(true, ordering: .relaxed)
    thread.join()
    if let failure { throw failure }
    let chaos = shared.result.withLock { $0 }
    guard let load, let chaos else {
      throw LoadTestingError(.exhausted, "the proxy did not run", remedy: "try again")
    }
    let length = isInterrupted() ? settings.warmup + load.window : schedule.length
    return Result(
      load: load, chaos: try chaos.get(),
      recovery: FaultRecovery(
        load.outcomes, windows: self.proxy.schedule.windows, warmup: settings.warmup, length: length))
  }

  private final class Shared: Sendable {
    let start = Atomic<Int64>(0)
    let isOver = Atomic<Bool>(false)
    let result = Mutex<Swift.Result<ChaosResult, LoadTestingError>?>(nil)
  }
}

/// Work on a thread of its own, waited for by whoever began it.
final class SideThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  private var handle = pthread_t()

  /// Nil where the system gives no thread.
  init?(_ body: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Work(body)).toOpaque()
    let status = pthread_create(
      &handle, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, context)
    guard status == 0 else {
      Unmanaged<Work>.fromOpaque(context).release()
      return nil
    }
  }
  func join() { pthread_join(handle, nil) }
}
