import Documents
import Quantities
import Testing

@testable import Scaling

@Suite("KEDA triggers") struct KedaTriggerTests {
  static func spec(_ triggers: String, advanced: String = "") throws -> KedaManifest {
    try KedaManifest.read(
      Array(
        """
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata: { name: x }
        spec:
          scaleTargetRef: { name: x }
          minReplicaCount: 1
          maxReplicaCount: 60
        \(advanced.isEmpty ? "" : "  advanced: { scalingModifiers: \(advanced) }")
          triggers: \(triggers)
        """.utf8))
  }
  private func look(_ seconds: Double, desired: Int, _ fill: (inout Signals) -> Void) -> Observation {
    var signals = Signals()
    fill(&signals)
    return Observation(
      time: Timestamp(nanosecondsSinceEpoch: 0) + .seconds(seconds),
      replicas: ReplicaCount(desired: desired, ready: desired), signals: signals)
  }
  private func settled(_ policy: KedaPolicy, from replicas: Int, _ fill: (inout Signals) -> Void) -> Int {
    var policy = policy
    var replicas = replicas
    for tick in 0..<60 { replicas = policy.step(look(Double(tick) * 15, desired: replicas, fill)).desired }
    return replicas
  }

  @Test("Kafka never asks for more replicas than there are partitions, unless consumers may idle")
  func partitions() throws {
    // kedacore/keda apache_kafka_scaler.go: lag is capped at partitions x lagThreshold without allowIdleConsumers.
    var spec = try Self.spec("[ { type: kafka, name: orders, metadata: { topic: orders, lagThreshold: '10' } } ]").spec
    #expect(settled(try KedaPolicy(spec), from: 2) { $0.queueDepth = 1000 } == 60)
    spec.triggers[0].partitions = 12
    #expect(settled(try KedaPolicy(spec), from: 2) { $0.queueDepth = 1000 } == 12)
    spec.triggers[0].allowsIdle = true
    #expect(settled(try KedaPolicy(spec), from: 2) { $0.queueDepth = 1000 } == 60)
    #expect(
      try Self.spec("[ { type: kafka, metadata: { topic: a, lagThreshold: '1', allowIdleConsumers: 'true' } } ]").spec
        .triggers[0]
        .allowsIdle)
  }

  @Test("an average against AverageValue is divided twice: told, and so simulated")
  func average() throws {
    let query = "avg(rate(http_requests_total[2m]))"
    let spec = try Self.spec("[ { type: prometheus, metadata: { query: '\(query)', threshold: '100' } } ]").spec
    let names = HazardCheck.triggers(of: spec).map(\.name)
    #expect(names == ["average-divided-twice"])
    // 1,000 requests a second over 4 replicas read 250, and 250 / 100 asks for 3: fewer the more there are.
    #expect(settled(try KedaPolicy(spec), from: 4) { $0.demand = 1000 } < 10)
    let sum = try Self.spec(
      "[ { type: prometheus, metadata: { query: 'sum(rate(http_requests_total[2m]))', threshold: '100' } } ]"
    ).spec
    #expect(HazardCheck.triggers(of: sum).isEmpty)
    #expect(settled(try KedaPolicy(sum), from: 4) { $0.demand = 1000 } == 10)
  }

  @Test("a trigger of another type is a metric with its usual target, and is left out where nothing tells it")
  func others() throws {
    let one = try Self.spec(
      "[ { type: postgresql, name: jobs, metadata: { targetQueryValue: '5', query: 'select 1' } }, { type: kafka, name: orders, metadata: { topic: o, lagThreshold: '10' } } ]"
    )
    #expect(
      !one.warnings.hasErrors && one.warnings.all.contains { $0.message.contains("'targetQueryValue' as its target") })
    let policy = try KedaPolicy(one.spec)
    #expect(policy.unsimulated == ["jobs"] && policy.spec.triggers.map(\.name) == ["orders"])
    let mapped = try KedaPolicy(one.spec, signals: ["jobs": .queueDepth])
    #expect(mapped.unsimulated.isEmpty)
    #expect(settled(mapped, from: 2) { $0.queueDepth = 100 } == 20)
    // Alone it has to be mapped; what KEDA does not know is a slip.
    let alone = try Self.spec("[ { type: mysql, name: jobs, metadata: { queryValue: '5' } } ]")
    #expect(throws: Diagnostics.self) { try KedaPolicy(alone.spec) }
    #expect(throws: Diagnostics.self) { try Self.spec("[ { type: prometeus, metadata: { threshold: '5' } } ]") }
  }

  @Test("scalingModifiers make one metric of the triggers")
  func modifiers() throws {
    let triggers =
      "[ { type: prometheus, name: rps, metadata: { query: 'sum(requests)', threshold: '1' } }, { type: kafka, name: lag, metadata: { topic: o, lagThreshold: '1' } } ]"
    let one = try Self.spec(triggers, advanced: "{ formula: 'max(rps / 10, lag)', target: '10' }")
    #expect(one.warnings.all.isEmpty, "\(one.warnings)")
    // 1,000 / 10 = 100 against 10 a replica: 10; with a lag of 300: 30.
    #expect(
      settled(try KedaPolicy(one.spec), from: 3) {
        $0.demand = 1000; $0.queueDepth = 20
      } == 10)
    #expect(
      settled(try KedaPolicy(one.spec), from: 3) {
        $0.demand = 1000; $0.queueDepth = 300
      } == 30)
    let odd = #expect(throws: Diagnostics.self) {
      try Self.spec(triggers, advanced: "{ formula: 'rps + lga', target: '10' }")
    }
    #expect(odd?.all.first?.help == "did you mean 'lag'?")
  }

  @Test("a replay of recorded triggers computes the formula and caps Kafka as the simulation does")
  func recordedModifiers() throws {
    let triggers =
      "[ { type: prometheus, name: rps, metadata: { query: 'sum(requests)', threshold: '1' } }, { type: kafka, name: lag, metadata: { topic: o, lagThreshold: '1' } } ]"
    func settled(_ spec: KedaSpec, _ values: [Double]) -> Int {
      var loops = RecordedController(keda: spec, settings: HPASettings())
      var replicas = 3
      for tick in 0..<60 {
        replicas =
          loops.look(
            at: Timestamp(secondsSinceEpoch: Double(tick) * 15), replicas: replicas, ready: .nan, share: 1,
            values: values, isStale: false
          ).desired
      }
      return replicas
    }
    let one = try Self.spec(triggers, advanced: "{ formula: 'max(rps / 10, lag)', target: '10' }").spec
    // The same as in the simulation: 1,000 / 10 against 10 a replica; 300 against 10.
    #expect(settled(one, [1000, 20]) == 10)
    #expect(settled(one, [1000, 300]) == 30)
    // Without the formula each trigger has its own target of 1, and the autoscaler's maximum ends it.
    #expect(settled(try Self.spec(triggers).spec, [1000, 20]) == 60)
    // kedacore/keda apache_kafka_scaler.go: lag counts up to partitions x lagThreshold.
    var kafka = try Self.spec("[ { type: kafka, name: lag, metadata: { topic: o, lagThreshold: '10' } } ]").spec
    kafka.triggers[0].partitions = 6
    #expect(settled(kafka, [900]) == 6)
  }

  @Test(
    "formulas are computed as expr-lang does",
    arguments: [
      ("a + b * 2", 7.0), ("(a + b) * 2", 10), ("-a ** 2", -9), ("2 ** 3 ** 2", 512), ("a > 2 ? b : a", 2),
      ("a > b && b > a", 0),
      ("a > b or b > a", 1), ("not (a == 3)", 0), ("max(a, b, 9) - min(a, b)", 7), ("7 % 4", 3), ("1_000 / 4", 250),
      ("floor(2.7) + ceil(2.1)", 5),
    ])
  func formulas(text: String, value: Double) {
    let made = KedaModifiers(formula: text, target: KubernetesQuantity(milli: 1000))
    #expect(made.value { ["a": 3, "b": 2][$0] } == value)
  }

  @Test(
    "what is no formula, or has no value, is none",
    arguments: ["", "a +", "a b", "(a", "a ? b", "f(a)", "a / 0", "c", "a..b", "$a"])
  func none(text: String) {
    let made = KedaModifiers(formula: text, target: KubernetesQuantity(milli: 1000))
    #expect(made.value { ["a": 3, "b": 2][$0] } == nil)
  }

  @Test("a formula nested beyond sense ends the reading, not the process")
  func deep() {
    let text = String(repeating: "(", count: 5000) + "a" + String(repeating: ")", count: 5000)
    #expect(KedaExpression(text) == nil)
    #expect(KedaExpression(String(repeating: "-", count: 2000) + "a") == nil)
  }
}
