import Documents
import Quantities
import Testing

@testable import LoadTesting

@Suite struct FaultScheduleTests {
  @Test("reads faults as they are written on the command line")
  func words() throws {
    let fault = try Fault(at: "10s..20s latency=100ms, jitter=20ms,bandwidth=1MB/s,reset=10%,half-open,slow-close=2s")
    var toxics = Toxics()
    toxics.latency = .milliseconds(100)
    toxics.jitter = .milliseconds(20)
    toxics.bandwidth = 1e6
    toxics.resets = 0.1
    toxics.swallows = true
    toxics.slowClose = .seconds(2)
    #expect(fault == Fault(start: .seconds(10), end: .seconds(20), .toxics(toxics)))
    #expect(try Fault(at: "3s.. reset").end == nil)
    #expect(try Fault(signal: "1234:SIGSTOP@3s") == Fault(start: .seconds(3), end: nil, .signal(.stop, pid: 1234)))
  }

  @Test(
    "what is no fault is refused with a remedy",
    arguments: [
      "", "10s", "10s..20s", "10s..5s reset", "-1s..2s reset", "10s..20s latency", "10s..20s latency=-1s",
      "10s..20s latency=nan", "10s..20s bandwidth=0B/s", "10s..20s reset=110%", "10s..20s half-open=3", "1s..2s lag=1s",
      "10s..20s latency=1s,,jitter=1s", "1e99s..2s reset", "5s..1e300d latency=1s", "10s..20s bandwidth=1e99MB/s",
    ])
  func badWords(_ text: String) throws {
    let error = #expect(throws: LoadTestingError.self) { try Fault(at: text) }
    #expect(error?.remedy.isEmpty == false)
  }

  @Test(
    "what is no signal is refused",
    arguments: ["", "1:HUP@1s", "x:STOP@1s", "5:STOP", "5:STOP@x", "5:STOP@-1s", "5@1s"])
  func badSignals(_ text: String) { #expect(throws: LoadTestingError.self) { try Fault(signal: text) } }

  @Test("a YAML schedule gives the same faults")
  func yaml() throws {
    let text = """
      faults:
        - { at: 10s..20s, latency: 100ms, half-open: true }
        - { at: 3s, signal: STOP, pid: 1234 }
      """
    let schedule = try FaultSchedule(yaml: Array(text.utf8), file: "f.yaml")
    #expect(
      schedule
        == FaultSchedule([
          try Fault(signal: "1234:STOP@3s"), try Fault(at: "10s..20s latency=100ms,half-open"),
        ]))
  }

  @Test("everything that is wrong with a YAML schedule is said, with its place")
  func badYAML() throws {
    let text = """
      fault: 1
      faults:
        - { at: 10s..20s, latenzy: 100ms }
        - { at: never, jitter: 2 }
        - { at: 3s, signal: HUP, pid: x, latency: 1s }
        - { latency: 1s }
        - 7
        - { at: 1s..2s }
      """
    let problems = try #require(
      #expect(throws: Diagnostics.self) { try FaultSchedule(yaml: Array(text.utf8), file: "f.yaml") })
    #expect(Set(problems.all.compactMap { $0.location?.line }) == [1, 3, 4, 5, 6, 7, 8])
    #expect(problems.all.allSatisfy { $0.help?.isEmpty == false })
    #expect(throws: Diagnostics.self) { try FaultSchedule(yaml: []) }
    #expect(throws: Diagnostics.self) { try FaultSchedule(yaml: Array("faults: []".utf8)) }
  }

  @Test("faults at the same time add up")
  func combination() throws {
    let schedule = FaultSchedule([
      try Fault(at: "1s..5s latency=100ms,reset=50%,bandwidth=2kB/s"),
      try Fault(at: "3s.. latency=50ms,reset=50%,bandwidth=1kB/s"),
    ])
    #expect(schedule.toxics(at: .zero).isNone)
    #expect(schedule.toxics(at: .seconds(2)).latency == .milliseconds(100))
    let both = schedule.toxics(at: .seconds(4))
    #expect(both.latency == .milliseconds(150) && both.resets == 0.75 && both.bandwidth == 1000)
    #expect(schedule.toxics(at: .seconds(5)).latency == .milliseconds(50))
  }

  @Test("a process that is stopped and continued is one window, a killed one has no length")
  func windows() throws {
    let schedule = FaultSchedule([
      try Fault(signal: "7:CONT@5s"), try Fault(signal: "7:STOP@3s"), try Fault(signal: "8:KILL@9s"),
      try Fault(at: "1s..2s reset"),
    ])
    #expect(schedule.windows.map(\.start) == [.seconds(1), .seconds(3), .seconds(9)])
    #expect(schedule.windows.map(\.end) == [.seconds(2), .seconds(5), .seconds(9)])
  }
}

@Suite struct FaultPipeTests {
  func pipe() -> FaultPipe {
    var pipe = FaultPipe(random: RandomStream(seed: 1))
    pipe.isWritable = true
    return pipe
  }
  func give(_ pipe: inout FaultPipe, _ count: Int, _ now: Int64, _ toxics: Toxics, delays: Bool = true) {
    [UInt8](repeating: 7, count: count).withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { pipe.took(base, count, now, toxics, delays: delays) }
    }
  }

  @Test("bytes wait for the latency, and those behind them meanwhile come in")
  func latency() {
    var toxics = Toxics()
    toxics.latency = .milliseconds(100)
    var pipe = pipe()
    give(&pipe, 10, 0, toxics)
    #expect(pipe.step(0, toxics) == .until(100_000_000))
    pipe.isReadable = true
    #expect(pipe.step(0, toxics) == .read)
    give(&pipe, 5, 60_000_000, toxics)
    pipe.isReadable = false
    #expect(pipe.step(100_000_000, toxics) == .write(10))
    pipe.wrote(10, 100_000_000, toxics)
    #expect(pipe.step(100_000_000, toxics) == .until(160_000_000))
    // In the direction that is not delayed nothing waits.
    var other = self.pipe()
    give(&other, 3, 0, toxics, delays: false)
    #expect(other.step(0, toxics) == .write(3))
  }

  @Test("jitter keeps the order of bytes, and the same seed jitters the same")
  func jitter() {
    var toxics = Toxics()
    toxics.latency = .milliseconds(50)
    toxics.jitter = .milliseconds(50)
    func times() -> [Int64] {
      var pipe = pipe()
      for i in 0..<50 { give(&pipe, 1, Int64(i) * 10_000_000, toxics) }
      var times: [Int64] = []
      var now: Int64 = 0
      while pipe.waiting > 0 {
        switch pipe.step(now, toxics) {
        case .until(let time): now = time
        case .write(let count):
          for _ in 0..<count { times.append(now) }
          pipe.wrote(count, now, toxics)
        default: return times
        }
      }
      return times
    }
    let first = times()
    #expect(first == first.sorted() && first.count == 50 && Set(first).count > 5)
    #expect((first.last ?? 0) <= 590_000_000)
    #expect(first == times())
  }

  @Test("bandwidth is what passes in a second")
  func bandwidth() {
    var toxics = Toxics()
    toxics.bandwidth = 10_000
    var pipe = pipe()
    give(&pipe, 50_000, 0, toxics)
    var now: Int64 = 0
    while now < 1_000_000_000 {
      switch pipe.step(now, toxics) {
      case .until(let time): now = time
      case .write(let count): pipe.wrote(count, now, toxics)
      default: now = .max
      }
    }
    #expect(abs(pipe.bytesPassed - 10_000) <= 100)
    // Lifted, the rest goes at once.
    #expect(pipe.step(now, Toxics()) == .write(40_000))
  }

  @Test("the end comes behind the last byte, and later where closing is slow")
  func slowClose() {
    var toxics = Toxics()
    toxics.slowClose = .seconds(2)
    var pipe = pipe()
    give(&pipe, 4, 0, toxics)
    pipe.ended(0, toxics)
    #expect(pipe.step(0, toxics) == .write(4))
    pipe.wrote(4, 0, toxics)
    #expect(pipe.step(0, toxics) == .until(2_000_000_000))
    #expect(pipe.step(2_000_000_000, toxics) == .endWriting)
    pipe.passedEnd()
    #expect(pipe.step(2_000_000_000, toxics) == .finished)
  }

  @Test("what has lost bytes stays silent for ever")
  func swallows() {
    var pipe = pipe()
    give(&pipe, 4, 0, Toxics())
    pipe.swallow()
    #expect(pipe.step(0, Toxics()) == .rest && pipe.bytesSwallowed == 4)
    pipe.isReadable = true
    #expect(pipe.step(0, Toxics()) == .read)
    give(&pipe, 6, 0, Toxics())
    #expect(pipe.bytesSwallowed == 10 && pipe.waiting == 0)
  }

  @Test("what waits is bounded")
  func bounded() {
    var toxics = Toxics()
    toxics.latency = .hours(1)
    var pipe = pipe()
    pipe.isReadable = true
    var given = 0
    while pipe.step(0, toxics) == .read, given < 1 << 30 {
      give(&pipe, 65_536, 0, toxics)
      given += 65_536
    }
    #expect(given == FaultPipe.capacity)
  }

  @Test("the heap gives the earliest first")
  func heap() {
    var heap = WakeHeap()
    for time in [5, 3, 9, 1, 7, 1] as [Int64] { heap.add(.init(time: time, index: 0, generation: 0)) }
    var order: [Int64] = []
    while let wake = heap.popDue(7) { order.append(wake.time) }
    #expect(order == [1, 1, 3, 5, 7] && heap.first == 9)
  }
}

@Suite struct FaultRecoveryTests {
  /// 100 requests a second for 20 s; `latency` in milliseconds by time, nil where they fail.
  func outcomes(_ latency: (Double) -> Double?) -> [RequestOutcome] {
    (0..<2000).map { i in
      var outcome = RequestOutcome()
      outcome.scheduled = Int64(i) * 10_000_000
      if let value = latency(Double(i) / 100) {
        outcome.latency = Int64(value * 1e6)
        outcome.ending = .answered
        outcome.status = 200
      } else {
        outcome.ending = .timeout
        outcome.latency = 1_000_000_000
      }
      return outcome
    }
  }
  let window = FaultWindow(what: "fault", start: .seconds(8), end: .seconds(10))

  @Test("recovery counts from the end of the fault to the first of the bins that stay within the band")
  func recovers() throws {
    // 5 ms usually; failing for the fault's two seconds, then 100 ms for 1.6 s.
    let recovery = FaultRecovery(
      outcomes { $0 < 8 || $0 >= 11.6 ? 5 : $0 < 10 ? nil : 100 }, windows: [window], length: .seconds(20))
    let band = try #require(recovery.band)
    #expect(abs(band.latency - 0.005) < 1e-9 && abs(band.latencyLimit - 0.006) < 1e-9 && band.errors == 0)
    #expect(band.binLength == 0.2)
    let effect = recovery.effects[0]
    #expect(effect.offered == 200 && effect.good == 0 && effect.availability == 0)
    #expect(abs((effect.recovery ?? 0) - 1.6) < 1e-9)
  }

  @Test("a relapse is no recovery: it ends with the last bad second")
  func relapses() {
    let recovery = FaultRecovery(
      outcomes { $0 < 8 ? 5 : $0 < 10 ? nil : $0 < 11 || $0 >= 13 && $0 < 14 ? 100 : 5 }, windows: [window],
      length: .seconds(20))
    #expect(abs((recovery.effects[0].recovery ?? 0) - 4) < 1e-9)
  }

  @Test("what fails on connections that the fault had killed is not the service's slowness")
  func killed() {
    var all = outcomes { $0 < 8 || $0 >= 10.6 ? 5 : $0 < 10 ? nil : 100 }
    // Every tenth of those that come until 15 s gets a connection from before, on which nothing is answered.
    for i in all.indices {
      all[i].opened = all[i].scheduled
      if i >= 1000, i < 1500, i % 10 == 0 {
        all[i].opened = 7_000_000_000
        all[i].ending = .timeout
      }
    }
    let effect = FaultRecovery(all, windows: [window], length: .seconds(20)).effects[0]
    #expect(effect.killed == 50)
    #expect(abs((effect.recovery ?? 0) - 5) < 1e-9)
    #expect(abs((effect.serviceRecovery ?? 0) - 0.6) < 1e-9)
  }

  @Test("a single good moment is no recovery")
  func relapse() {
    let recovery = FaultRecovery(
      outcomes { $0 >= 10.4 && $0 < 10.8 || $0 >= 12 || $0 < 10 ? 5 : 100 }, windows: [window], length: .seconds(20))
    #expect(abs((recovery.effects[0].recovery ?? 0) - 2) < 1e-9)
    #expect(recovery.effects[0].availability == 1)
  }

  @Test("why there is no recovery time is said")
  func reasons() {
    let never = FaultRecovery(outcomes { $0 < 8 ? 5 : 100 }, windows: [window], length: .seconds(20))
    #expect(never.effects[0].recovery == nil && never.effects[0].reason == "the test ended first")
    let early = FaultRecovery(
      outcomes { _ in 5 }, windows: [FaultWindow(what: "x", start: .milliseconds(500), end: .seconds(2))],
      length: .seconds(20))
    #expect(early.band == nil && early.effects[0].recovery == nil && early.effects[0].reason != nil)
    let lasting = FaultRecovery(
      outcomes { _ in 5 }, windows: [FaultWindow(what: "x", start: .seconds(8), end: nil)], length: .seconds(20))
    #expect(lasting.effects[0].reason == "it lasted to the end of the test")
    let next = FaultRecovery(
      outcomes { $0 < 8 ? 5 : 100 },
      windows: [window, FaultWindow(what: "y", start: .seconds(12), end: .seconds(13))], length: .seconds(20))
    #expect(next.effects[0].reason == "the next fault came first")
  }

  @Test("errors that were usual before the fault do not count against it")
  func usualErrors() {
    var number = 0
    let recovery = FaultRecovery(
      outcomes { time in
        number += 1
        return time >= 8 && time < 10 ? nil : number % 20 == 0 ? nil : 5
      }, windows: [window], length: .seconds(20))
    #expect(recovery.effects[0].recovery == 0)
    #expect(abs((recovery.band?.errors ?? 0) - 0.05) < 1e-9)
  }

  @Test("nothing measured is no trap")
  func empty() {
    #expect(FaultRecovery([], windows: [window], length: .zero).effects.isEmpty)
    #expect(FaultRecovery([], windows: [window], length: .seconds(20)).effects[0].availability == nil)
  }
}
