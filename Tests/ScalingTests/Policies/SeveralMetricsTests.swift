import Documents
import Quantities
import Testing

@testable import Scaling

/// Several metrics at once in the simulation, and metrics that have a part of their own beside the load.
@Suite("Several metrics") struct SeveralMetricsTests {
  private func look(_ seconds: Double, desired: Int, _ fill: (inout Signals) -> Void) -> Observation {
    var signals = Signals()
    fill(&signals)
    return Observation(
      time: Timestamp(nanosecondsSinceEpoch: 0) + .seconds(seconds),
      replicas: ReplicaCount(desired: desired, ready: desired), signals: signals)
  }
  static let cpuAndMemory = HPASpec(
    maxReplicas: 50,
    metrics: [
      HPAMetric(.resource(name: "cpu"), goal: .utilization(50)),
      HPAMetric(.resource(name: "memory"), goal: .utilization(80)),
    ], behavior: HPABehavior())
  static let mapped: [String: SignalMapping] = ["memory": SignalMapping(.concurrency, base: 0.4, each: 0.02)]

  @Test("of CPU and memory the one that asks for more decides, as Kubernetes takes the largest")
  func largest() throws {
    var policy = try HPAPolicy(Self.cpuAndMemory, signals: Self.mapped)
    // CPU at half of the target, 10 replicas with 30 requests each: memory 40 % + 60 % of 80 %: 12.5, so 13.
    let memory = policy.step(
      look(0, desired: 10) {
        $0.utilization = 0.25; $0.concurrency = 300
      })
    #expect(memory.desired == 13)
    // CPU at 75 % of 50 %: 15; memory of an idle service stays at its base, half of its target.
    var busy = try HPAPolicy(Self.cpuAndMemory, signals: Self.mapped)
    #expect(
      busy.step(
        look(0, desired: 10) {
          $0.utilization = 0.75; $0.concurrency = 0
        }
      ).desired == 15)
  }

  @Test("what memory takes at rest keeps replicas: an idle fleet at 40 % of 80 % goes to a half and no further")
  func base() throws {
    var policy = try HPAPolicy(
      HPASpec(maxReplicas: 50, metrics: [Self.cpuAndMemory.metrics[1]]), settings: HPASettings(), signals: Self.mapped)
    var replicas = 20
    for tick in 0..<200 {
      replicas = policy.step(look(Double(tick) * 15, desired: replicas) { $0.concurrency = 0 }).desired
    }
    // ceil(20 x 0.4 / 0.8) = 10, then 5, 3, 2, 1: the base does not grow with fewer replicas.
    #expect(replicas == 1)
    #expect(policy.stillness(at: Timestamp(nanosecondsSinceEpoch: 0), ReplicaCount(desired: 2, ready: 2)) == nil)
  }

  @Test("sizes are averages of the pods: 1 GiB at rest and 10 MiB a request against a target of 2 GiB")
  func sizes() throws {
    let gib = 1024.0 * 1024 * 1024
    let metric = HPAMetric(
      .resource(name: "memory"), goal: .averageValue(KubernetesQuantity(milli: Int64(2 * gib) * 1000)))
    var policy = try HPAPolicy(
      HPASpec(maxReplicas: 50, metrics: [metric], behavior: HPABehavior()),
      signals: ["memory": SignalMapping(.concurrency, base: gib, each: gib / 102.4)])
    // 10 replicas of 204.8 requests: 1 + 2 = 3 GiB each: 15 replicas.
    #expect(policy.step(look(0, desired: 10) { $0.concurrency = 2048 }).desired == 15)
  }

  @Test("CPU above its request: a limit of twice the request shows 200 % when saturated")
  func aboveRequest() throws {
    var policy = try HPAPolicy(
      HPASpec(maxReplicas: 50, metrics: [Self.cpuAndMemory.metrics[0]], behavior: HPABehavior()),
      signals: ["cpu": SignalMapping(.utilization, each: 2)])
    #expect(policy.step(look(0, desired: 4) { $0.utilization = 1 }).desired == 8)
    #expect(policy.step(look(15, desired: 8) { $0.utilization = 1 }).desired == 16)
  }

  @Test("memory without a mapping is asked for in its own words")
  func asked() {
    let error = #expect(throws: Diagnostics.self) { try HPAPolicy(Self.cpuAndMemory) }
    #expect(error?.all.first?.help?.contains("{ of: concurrency, base: 40%, each: 2% }") == true)
  }

  @Test(
    "a plan says shares, sizes and numbers",
    arguments: [("40%", 0.4), ("2Gi", 2147483648.0), ("0.4", 0.4), ("500m", 0.5)])
  func written(text: String, value: Double) throws {
    let node = try YAML.parse("memory: { of: concurrency, base: \(text), each: 2% }")
    var reader = PolicyReader()
    let read = reader.signals(node, "signals")
    #expect(read["memory"] == SignalMapping(.concurrency, base: value, each: 0.02))
    var other = PolicyReader()
    _ = other.signals(try YAML.parse("memory: { of: concurrency, base: -1 }"), "signals")
    #expect(other.problems.hasErrors)
  }
}
