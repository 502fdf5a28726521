import Testing

@testable import Scaling

@Suite struct KnativeDeciderTests {
  private let second: Int64 = 1_000_000_000

  /// Feeds one value a second and decides every two seconds with the pods that were last wanted.
  private func run(_ spec: KnativeSpec, _ values: [Double], ready: Int) -> [KnativeScale] {
    var decider = KnativeDecider(spec, ready: ready)
    var ready = ready
    var scales: [KnativeScale] = []
    for (t, value) in values.enumerated() {
      decider.record(value, at: Int64(t) * second)
      guard t % 2 == 1 else { continue }
      let scale = decider.scale(ready: ready, at: Int64(t) * second)
      ready = scale.desired
      scales.append(scale)
    }
    return scales
  }

  @Test("a burst to twice the capacity panics, and panic never shrinks") func panics() {
    let scales = run(
      KnativeSpec(),
      Array(repeating: 70, count: 60) + Array(repeating: 400, count: 6) + Array(repeating: 70, count: 40), ready: 1)
    #expect(scales[20].desired == 1 && !scales[20].isPanicking)
    #expect(scales[32].isPanicking)
    let afterwards = scales[33...].map(\.desired)
    #expect(zip(afterwards, afterwards.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("shrinks by at most half at a time") func halves() {
    var spec = KnativeSpec()
    spec.stableWindow = 6
    var decider = KnativeDecider(spec, ready: 0)
    decider.record(0, at: 0)
    #expect(decider.scale(ready: 9, at: second).desired == 4)
  }

  @Test("an unreachable revision falls at once, whatever the delay") func unreachable() {
    var spec = KnativeSpec()
    spec.isReachable = false
    spec.scaleDownDelay = 60
    spec.stableWindow = 6
    spec.panicWindow = 6
    var decider = KnativeDecider(spec, ready: 0)
    decider.record(70 * 9, at: 0)
    #expect(decider.scale(ready: 9, at: second).desired == 9)
    for t in 1...12 { decider.record(0, at: Int64(t) * second) }
    #expect(decider.scale(ready: 9, at: 13 * second).desired == 0)
  }

  @Test("keeps the highest decision for the scale-down delay") func delays() {
    var spec = KnativeSpec()
    spec.stableWindow = 6
    spec.panicWindow = 1
    spec.scaleDownDelay = 10
    var decider = KnativeDecider(spec, ready: 0)
    decider.record(140, at: 0)
    #expect(decider.scale(ready: 2, at: second).desired == 2)
    var held: [Int] = []
    for tick in 1...8 {
      let now = Int64(2 * tick) * second
      decider.record(0, at: now)
      held.append(decider.scale(ready: 2, at: now + second).desired)
    }
    #expect(held == [2, 2, 2, 2, 1, 1, 1, 1])
  }

  @Test(
    "excess burst capacity is what all pods hold, less the burst and the panic average",
    arguments: [(0.0, 0), (-1.0, -1), (200.0, 300 - 200 - 50)])
  func excess(burst: Double, expected: Int) {
    var spec = KnativeSpec()
    spec.targetBurstCapacity = burst
    var decider = KnativeDecider(spec, ready: 3)
    decider.record(50, at: 0)
    #expect(decider.scale(ready: 3, at: second).excessBurstCapacity == expected)
  }

  @Test("an average starts afresh after a whole window of silence") func windowStartsAfresh() {
    var window = KnativeWindow(seconds: 4, aggregation: .linear)
    window.record(10, at: 0)
    window.record(20, at: second)
    #expect(window.average(at: second) == 15)
    // One silent second drops out of the sum and of the count.
    #expect(window.average(at: 3 * second) == 15)
    #expect(window.average(at: 5 * second) == 0)
    window.record(8, at: 9 * second)
    #expect(window.average(at: 9 * second) == 8)
  }

  // The aggregation package's own documentation: [10, 10, 5, 5], newest last.
  @Test("the weighted average leans to the newest second") func weighted() {
    var window = KnativeWindow(seconds: 4, aggregation: .weightedExponential)
    for (i, value) in [10.0, 10, 5, 5].enumerated() { window.record(value, at: Int64(i) * second) }
    let c = 0.9  // 1 - 0.0001^(1/4)
    let expected = 5 * c + 5 * c * 0.1 + 10 * c * 0.01 + 10 * c * 0.001
    #expect(abs(window.average(at: 3 * second) - expected) < 1e-9)
  }
}
