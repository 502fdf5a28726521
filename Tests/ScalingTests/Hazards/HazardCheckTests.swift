import Quantities
import Testing

@testable import Scaling

@Suite struct HazardCheckTests {
  /// 2,000 req/s a replica, 10k to 75k req/s, rising by 100 req/s a second, three minutes to start.
  private let context = HazardContext(
    startup: .seconds(180), metricDelay: .seconds(30), replicaCapacity: .perSecond(2000), trough: .perSecond(10_000),
    peak: .perSecond(75_000), steepestRamp: 100)
  private let calm = HazardContext(
    startup: .seconds(1), metricDelay: .seconds(1), replicaCapacity: .perSecond(2000), trough: .perSecond(10_000),
    peak: .perSecond(20_000), steepestRamp: 0.1)

  private func names(_ spec: HPASpec, _ context: HazardContext) -> Set<String> {
    Set(HazardCheck.check(spec, context).map(\.name))
  }
  private func spec(_ change: (inout HPASpec) -> Void = { _ in }) throws -> HPASpec {
    let goal = HPAMetric.Goal.averageValue(try #require(KubernetesQuantity("1400")))
    var spec = HPASpec(
      minReplicas: 20, maxReplicas: 60, metrics: [HPAMetric(.pods(metric: "http_requests_per_second"), goal: goal)],
      behavior: HPABehavior())
    change(&spec)
    return spec
  }

  @Test("sound settings on a calm service raise nothing") func quiet() throws {
    #expect(HazardCheck.check(try spec(), calm).filter { $0.severity == .warning } == [])
  }

  @Test("a floor that the rise outruns during a start is told with the floor that holds") func floor() throws {
    // 10,000 + 100 * (180 + 30 + 15) = 32,500 req/s at 1,700 a replica: 20 replicas.
    #expect(!names(try spec(), context).contains("floor-below-startup"))
    let found = HazardCheck.check(try spec { $0.minReplicas = 19 }, context).first { $0.name == "floor-below-startup" }
    #expect(found?.remedy.contains("minReplicas: 20") == true)
  }

  @Test("a maximum below the peak's need") func ceiling() throws {
    // 75,000 / 1,700 is 44.1.
    #expect(names(try spec { $0.maxReplicas = 44 }, context).contains("ceiling-below-peak"))
    #expect(!names(try spec { $0.maxReplicas = 45 }, context).contains("ceiling-below-peak"))
  }

  @Test("scale-up policies slower than the steepest rise") func rateLimit() throws {
    // 100 req/s each second is 3.5 replicas a minute.
    func limited(_ pods: Int) throws -> HPASpec {
      try spec { $0.behavior?.scaleUp.policies = [.init(.pods, pods, periodSeconds: 60)] }
    }
    #expect(names(try limited(3), context).contains("rate-limit-below-ramp"))
    #expect(!names(try limited(4), context).contains("rate-limit-below-ramp"))
    #expect(names(try spec { $0.behavior?.scaleUp.select = .disabled }, context).contains("scale-up-disabled"))
  }

  @Test("a scale-down window shorter than the metric's way") func window() throws {
    #expect(
      names(try spec { $0.behavior?.scaleDown.windowSeconds = 30 }, context).contains("window-below-metric-delay"))
    #expect(
      !names(try spec { $0.behavior?.scaleDown.windowSeconds = 45 }, context).contains("window-below-metric-delay"))
  }

  @Test("a tolerance that reaches past the objective") func tolerance() throws {
    let cpu = HPAMetric(.resource(name: "cpu"), goal: .utilization(80))
    #expect(names(try spec { $0.metrics = [cpu] }, context).contains("tolerance-beyond-objective"))
    let lower = HPAMetric(.resource(name: "cpu"), goal: .utilization(77))
    #expect(!names(try spec { $0.metrics = [lower] }, context).contains("tolerance-beyond-objective"))
  }

  @Test("scaling down faster than a start brings replicas back") func scaleDown() throws {
    #expect(
      names(try spec { $0.behavior?.scaleDown.windowSeconds = 60 }, context).contains("scale-down-faster-than-startup"))
    #expect(!names(try spec(), context).contains("scale-down-faster-than-startup"))
  }

  @Test("a Value metric, and a meter that saturates") func metrics() throws {
    let value = HPAMetric(.external(metric: "load"), goal: .value(KubernetesQuantity(milli: 1000)))
    #expect(names(try spec { $0.metrics = [value] }, context).contains("all-unready-drop"))
    let cpu = HPAMetric(.resource(name: "cpu"), goal: .utilization(70))
    #expect(
      names(
        try spec {
          $0.metrics = [cpu]; $0.minReplicas = 5
        }, context
      ).contains("saturating-metric"))
  }

  @Test("KEDA: scale to zero past the rules, a cooldown that counts for nothing, a pace that is not its own")
  func keda() throws {
    var spec = KedaSpec()
    let threshold = try #require(KubernetesQuantity("10"))
    spec.triggers = [.init(type: "prometheus", name: "queue", kind: .metric(threshold: threshold, activation: 0))]
    spec.behavior = HPABehavior()
    spec.cooldownPeriod = 60
    spec.pollingInterval = 5
    let zero = Set(HazardCheck.check(spec, context).map(\.name))
    #expect(
      zero.isSuperset(of: [
        "cold-start", "zero-bypasses-scale-down", "cooldown-below-startup", "polling-is-not-the-pace", "no-fallback",
      ]))
    spec.minReplicaCount = 2
    #expect(HazardCheck.check(spec, context).contains { $0.name == "cooldown-without-zero" })
  }

  @Test("two autoscalers on one object fight") func twoOwners() throws {
    let hpa = HPAManifest(name: "a", spec: try spec())
    var keda = KedaSpec()
    keda.target = try spec().target
    let manifest = KedaManifest(name: "b", spec: keda)
    #expect(HazardCheck.conflicts([hpa], [manifest]).map(\.name) == ["two-owners"])
    #expect(HazardCheck.conflicts([hpa], [KedaManifest(name: "b", namespace: "other", spec: keda)]).isEmpty)
    // The autoscaler that KEDA itself made is the same owner: by its name, or by its owner reference.
    var own = HPAManifest(name: "keda-hpa-b", spec: try spec())
    #expect(HazardCheck.conflicts([own], [manifest]).isEmpty)
    own.name = "renamed"
    own.ownerScaledObject = "b"
    #expect(HazardCheck.conflicts([own], [manifest]).isEmpty)
    #expect(HazardCheck.conflicts([own, hpa], [manifest]).count == 1)
  }

  @Test("Knative and Ray Serve: windows and delays shorter than a start") func others() {
    #expect(HazardCheck.check(KnativePolicy(KnativeSpec()), context).contains { $0.name == "window-below-startup" })
    var config = RayServeConfig()
    config.downscaleDelay = 60
    let names = Set(HazardCheck.check(config, context).map(\.name))
    #expect(names.isSuperset(of: ["scale-down-faster-than-startup", "ceiling-below-peak", "floor-below-startup"]))
  }

  @Test("every hazard says what, because and what to write, and survives absurd numbers") func complete() throws {
    var odd = context
    for value in [0, -1, .infinity, .nan, 1e300] as [Double] {
      odd.steepestRamp = value
      odd.replicaCapacity = .perSecond(value)
      odd.peak = .perSecond(value)
      odd.safeUtilization = value
      for hazard in HazardCheck.check(try spec { $0.metrics = [.defaultCPU] }, odd) + HazardCheck.check(KedaSpec(), odd)
      {
        #expect(!hazard.what.isEmpty && !hazard.because.isEmpty && !hazard.remedy.isEmpty)
      }
    }
  }

  @Test("the ramp of a demand is its steepest step") func rampOfDemand() {
    let demand = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 0), step: .seconds(60), rawValues: [100, 160, .nan, 1360, 50])
    let made = HazardContext(startup: .zero, metricDelay: .zero, replicaCapacity: .perSecond(1), demand: demand)
    #expect(made.steepestRamp == 10 && made.peak == .perSecond(1360) && made.trough == .perSecond(50))
  }
}
