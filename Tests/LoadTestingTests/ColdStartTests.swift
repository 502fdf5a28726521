import Glibc
import HeadroomTesting
import Quantities
import Testing

@testable import LoadTesting

@Suite struct SteadyStateTests {
  func noise(_ count: Int, around level: Double, seed: UInt64 = 1) -> [Double] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in random.lognormal(median: level, shape: 0.1) }
  }

  @Test("a beginning ten times as slow is cut off where it ends", arguments: [40, 100, 203])
  func step(_ cold: Int) {
    let state = SteadyState(noise(cold, around: 0.1) + noise(800, around: 0.01, seed: 2))
    // To the batch of five in which it ends.
    #expect(state.isReached && abs(state.coldCount - cold) <= 5)
  }

  @Test("an exponential decay is cut off when little of it is left")
  func decay() {
    let tail = noise(1000, around: 0.01)
    let values = tail.enumerated().map { $1 + 0.1 * exp(-Double($0) / 40) }
    let state = SteadyState(values)
    // 40 ln(10 / 0.1) = 184 requests until it is within the 10 % that the noise is.
    #expect(state.isReached && state.coldCount > 80 && state.coldCount < 260)
  }

  @Test("a steady service has no cold part", arguments: 1...20 as ClosedRange<UInt64>)
  func steady(_ seed: UInt64) {
    let state = SteadyState(noise(500, around: 0.01, seed: seed))
    #expect(state.isReached)
    #expect(state.coldCount <= 25)
  }

  @Test("what goes on getting faster has not become steady")
  func neverSteady() {
    #expect(!SteadyState((0..<500).map { exp(-Double($0) / 100) }).isReached)
    #expect(!SteadyState(noise(400, around: 0.1) + noise(100, around: 0.01)).isReached)
  }

  @Test("constant, few and impossible values are no trap")
  func edges() {
    #expect(SteadyState([Double](repeating: 0.01, count: 100)) == SteadyState([Double](repeating: 5, count: 100)))
    #expect(SteadyState([Double](repeating: 0.01, count: 100)).coldCount == 0)
    #expect(!SteadyState([]).isReached && !SteadyState([1, 2, 3]).isReached)
    _ = SteadyState([Double](repeating: .nan, count: 100) + [.infinity, -1, 0])
  }
}

@Suite(.serialized) struct ColdStartTests {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  @Test("failures at the beginning and the first good answer are told")
  func failures() throws {
    let server = try LoadedServer {
      $0 < 30 ? .answer("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n") : .answer(Self.ok)
    }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(200), for: .seconds(1)))
    let result = try ColdStartTest(try LoadTarget(url: server.url), LoadSettings(.open(schedule))).run()
    #expect(result.firstRequest == nil && result.timeToListening == nil)
    // The 31st was due after 150 ms.
    #expect((result.timeToFirstAnswer ?? 0) >= 0.15)
    #expect(result.load.errors.serverErrors == 30 && result.coldFailures == 30)
    #expect(result.newConnection == nil)
  }

  @Test("the cold part is told apart: its failures, its latency, and when it was over")
  func apart() throws {
    var result = LoadResult()
    // 100 requests a second: 30 refused quickly, 50 slow ones, then steady.
    result.outcomes = (0..<800).map { i in
      var outcome = RequestOutcome()
      outcome.scheduled = Int64(i) * 10_000_000
      outcome.ending = .answered
      outcome.status = i < 30 ? 503 : 200
      outcome.latency = i < 30 ? 100_000 : (i < 80 ? 200_000_000 : 10_000_000) + Int64(i % 7) * 100_000
      return outcome
    }
    let cold = ColdStartResult(result, offset: 2.5)
    #expect(cold.isSteadyReached && cold.coldRequests == 80 && cold.coldFailures == 30)
    #expect(abs((cold.timeToFirstAnswer ?? 0) - (2.5 + 0.3 + 0.2002)) < 1e-6)
    #expect(abs((cold.timeToSteady ?? 0) - 3.3) < 1e-9)
    #expect(cold.cold.count == 50 && (cold.cold.minimum ?? 0) >= 0.2)
    #expect(cold.steady.count == 720 && (cold.steady.maximum ?? 1) < 0.011)
  }

  @Test("what a new connection costs is measured where it can be")
  func connections() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(0.6)))
    let result = try ColdStartTest(
      try LoadTarget(url: server.url), LoadSettings(.open(schedule)),
      fresh: try LoadTarget(url: server.url, keepsAlive: false)
    ).run()
    #expect(result.connectionCost != nil && result.firstRequest != nil)
  }

  @Test("a command is started, waited for and ended, with all that it started")
  func command() throws {
    // Nobody will listen there, so that the command's own end is what is told.
    let closed = try ClosedPort()
    let target = try LoadTarget(url: "http://127.0.0.1:\(closed.port)/")
    let schedule = ArrivalSchedule(.constant(.perSecond(10), for: .seconds(1)))
    let ended = ColdStartTest(target, LoadSettings(.open(schedule)), command: "exit 3")
    let error = #expect(throws: LoadTestingError.self) { try ended.run() }
    #expect(error?.problem.contains("status 3") == true)
    var late = ColdStartTest(target, LoadSettings(.open(schedule)), command: "sleep 300 & sleep 301")
    late.patience = .milliseconds(200)
    let patience = #expect(throws: LoadTestingError.self) { try late.run() }
    #expect(patience?.problem.contains("nobody listened") == true)
  }

  @Test("a command for a place where somebody listens already is refused")
  func alreadyThere() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(10), for: .seconds(1)))
    let test = ColdStartTest(try LoadTarget(url: server.url), LoadSettings(.open(schedule)), command: "true")
    #expect(throws: LoadTestingError.self) { try test.run() }
    #expect(server.requests == 0)
  }

  @Test("requests seen for the first time are told from those seen before")
  func caches() throws {
    var result = LoadResult()
    result.outcomes = (0..<400).map { i in
      var outcome = RequestOutcome()
      outcome.scheduled = Int64(i) * 1_000_000
      outcome.ending = .answered
      outcome.status = 200
      // 100 different ones, each in its turn; the first time 20 % slower, which is no cold start.
      outcome.request = i % 100
      outcome.latency = 10_000_000 + (i < 100 ? 0 : Int64(i % 7) * 100_000)
      return outcome
    }
    let cold = ColdStartResult(result, offset: 0)
    #expect(cold.isSteadyReached)
    #expect(cold.coldRequests == 0 && cold.firstTime.count == 100 && cold.again.count == 300)
  }
}
