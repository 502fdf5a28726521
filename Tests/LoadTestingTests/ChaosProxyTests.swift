import Glibc
import HeadroomTesting
import Quantities
import Testing

@testable import LoadTesting

/// Over live sockets on the loopback.
@Suite(.serialized) struct ChaosProxyTests {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  struct Running {
    let port: Int
    let background: Background<ChaosResult>
    func end() throws -> ChaosResult {
      background.stop()
      return try background.value()
    }
  }
  func chaos(_ port: Int, _ toxics: String, seed: UInt64 = 1) throws -> Running {
    let faults = toxics.isEmpty ? [] : [Fault(start: .zero, end: nil, .toxics(try Toxics(toxics)))]
    var settings = ChaosProxy.Settings(FaultSchedule(faults))
    settings.seed = seed
    let proxy = try ChaosProxy(to: LoadTarget(url: "http://127.0.0.1:\(port)"), settings)
    return Running(
      port: proxy.port, background: Background { isStopped in try proxy.run(isInterrupted: isStopped) })
  }

  /// Whether a connection is broken off. It may be before connecting has returned; and nothing is sent, since sending
  /// would take the news that reading waits for.
  func isReset(_ port: Int) -> Bool {
    guard let client = try? RawClient(port: port) else { return true }
    if case .broken = client.readAll().end { return true }
    return false
  }

  @Test("without a fault every byte passes, in both directions, with the end")
  func passes() throws {
    let server = try RawServer.echo()
    defer { server.stop() }
    let proxy = try chaos(server.port, "")
    let client = try RawClient(port: proxy.port)
    let text = String(repeating: "0123456789", count: 20_000)
    let sender = Background { _ in
      client.send(text)
      client.endWriting()
    }
    let (answer, end) = client.readAll()
    _ = try sender.value()
    #expect(answer == text && end == .end)
    let result = try proxy.end()
    #expect(result.bytesToService == 200_000 && result.bytesToClients == 200_000 && result.connections == 1)
  }

  @Test("latency is added once to a round trip")
  func latency() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let proxy = try chaos(server.port, "latency=200ms")
    let schedule = ArrivalSchedule(.constant(.perSecond(20), for: .seconds(0.5)))
    let result = try LoadTest(
      LoadTarget(url: "http://127.0.0.1:\(proxy.port)/"), LoadSettings(.open(schedule), timeout: .seconds(10))
    ).run()
    #expect(result.ok == 10)
    // No sooner than told; how much later is this machine's.
    #expect((result.latency.minimum ?? 0) >= 0.2)
    _ = try proxy.end()
  }

  @Test("resets reach clients as resets")
  func resets() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let proxy = try chaos(server.port, "reset")
    #expect(isReset(proxy.port))
    let result = try proxy.end()
    #expect(result.resets == 1 && result.entries[0].resets == 1 && server.requests == 0)
  }

  @Test("which connections are reset comes from the seed")
  func shareOfResets() throws {
    let server = try RawServer.echo()
    defer { server.stop() }
    func pattern(_ seed: UInt64) throws -> [Bool] {
      let proxy = try chaos(server.port, "reset=50%", seed: seed)
      // One behind the other, so that the numbers of the connections are known.
      let pattern = (0..<24).map { _ in
        guard let client = try? RawClient(port: proxy.port) else { return false }
        client.send("x")
        if case .bytes = client.read() { return true }
        return false
      }
      _ = try proxy.end()
      return pattern
    }
    let first = try pattern(1)
    #expect(first.contains(true) && first.contains(false))
    #expect(try first == pattern(1))
  }

  @Test("a half-open connection takes everything and says nothing")
  func halfOpen() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let proxy = try chaos(server.port, "half-open")
    let schedule = ArrivalSchedule(.constant(.perSecond(20), for: .seconds(0.2)))
    let result = try LoadTest(
      LoadTarget(url: "http://127.0.0.1:\(proxy.port)/"), LoadSettings(.open(schedule), timeout: .seconds(0.3))
    ).run()
    #expect(result.errors.timeout == 4)
    let chaos = try proxy.end()
    #expect(chaos.swallowed > 0 && chaos.bytesToClients == 0 && server.requests == 0)
  }

  @Test("a service that is not there resets its clients")
  func deadService() throws {
    let closed = try ClosedPort()
    let proxy = try chaos(closed.port, "")
    #expect(isReset(proxy.port))
    #expect(try proxy.end().refused == 1)
  }

  @Test("a process is stopped and continued, and what stays stopped is continued at the end")
  func signals() throws {
    let server = try RawServer.echo()
    let child = try ChildProcess("sleep", ["60"])
    defer {
      server.stop()
      child.end()
    }
    func state() -> Character? {
      guard let text = try? ChildProcess.run("cat", ["/proc/\(child.id)/stat"]).output else { return nil }
      return text.split(separator: " ").dropFirst(2).first?.first
    }
    var settings = ChaosProxy.Settings(
      FaultSchedule([Fault(start: .milliseconds(20), end: nil, .signal(.stop, pid: Int(child.id)))]))
    settings.duration = .seconds(60)
    let proxy = try ChaosProxy(to: LoadTarget(url: server.url), settings)
    let running = Background { isStopped in try proxy.run(isInterrupted: isStopped) }
    var isStopped = false
    for _ in 0..<2000 where !isStopped {
      isStopped = state() == "T"
      usleep(5_000)
    }
    #expect(isStopped)
    running.stop()
    let result = try running.value()
    #expect(result.entries[0].hasHappened && result.resumed == [Int(child.id)])
    #expect(state() != "T")
  }

  @Test(
    "processes that are not the user's to signal are refused before anything starts",
    arguments: [1, 0, -5, 999_999_999])
  func refusedProcesses(_ pid: Int) throws {
    let target = try LoadTarget(url: "http://127.0.0.1:1")
    let schedule = FaultSchedule([Fault(start: .zero, end: nil, .signal(.kill, pid: pid))])
    #expect(throws: LoadTestingError.self) { try ChaosProxy(to: target, .init(schedule)) }
  }

  @Test("this very process is refused")
  func refusesItself() throws {
    let target = try LoadTarget(url: "http://127.0.0.1:1")
    let schedule = FaultSchedule([Fault(start: .zero, end: nil, .signal(.kill, pid: Int(getpid())))])
    #expect(throws: LoadTestingError.self) { try ChaosProxy(to: target, .init(schedule)) }
  }

  @Test("load and faults on one clock: those who come during the fault fail, the others do not")
  func loaded() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(2.4)))
    let test = ChaosTest(
      try LoadTarget(url: server.url, keepsAlive: false),
      LoadSettings(.open(schedule), connections: 100, timeout: .seconds(10)),
      .init(FaultSchedule([try Fault(at: "1200ms..2s reset")])))
    let result = try test.run()
    #expect(result.load.offered == 240)
    let effect = try #require(result.recovery.effects.first)
    // 80 were due; on a slow machine a few of them are connected before or after.
    #expect(effect.offered == 80 && effect.good < 40)
    #expect(result.chaos.entries[0].hasHappened && result.chaos.resets > 0)
    #expect(result.recovery.band != nil)
  }
}
