import Documents
import Quantities
import Testing

@testable import Scaling

@Suite struct PolicyStepTests {
  private func look(
    _ seconds: Double, desired: Int, ready: Int? = nil, starting: Int = 0, _ signals: (inout Signals) -> Void
  ) -> Observation {
    var s = Signals()
    signals(&s)
    return Observation(
      time: Timestamp(secondsSinceEpoch: seconds),
      replicas: ReplicaCount(desired: desired, ready: ready ?? desired, starting: starting), signals: s)
  }

  // MARK: hpa

  @Test("an HPA reads the busy share of a replica as percent of its CPU request") func hpaOnUtilization() throws {
    var policy = try HPAPolicy(
      HPASpec(
        maxReplicas: 50, metrics: [HPAMetric(.resource(name: "cpu"), goal: .utilization(50))], behavior: HPABehavior()))
    let decision = policy.step(look(0, desired: 10) { $0.utilization = 0.8 })
    #expect(decision.desired == 16 && decision.because.rule == .hpaScaledUp)
    #expect(decision.because.measured == 80 && decision.because.limit == 50)
  }

  @Test("an HPA reads a request rate per pod, and starting pods keep it from asking twice") func hpaOnRequests() throws
  {
    let target = HPAMetric.Goal.averageValue(try #require(KubernetesQuantity("100")))
    let spec = HPASpec(
      maxReplicas: 50, metrics: [HPAMetric(.pods(metric: "http_requests_per_second"), goal: target)],
      behavior: HPABehavior())
    var policy = try HPAPolicy(spec)
    #expect(policy.step(look(0, desired: 4) { $0.demand = 800 }).desired == 8)
    // Four serve at 200 each and four start: 800 / 8 is on target.
    #expect(policy.step(look(15, desired: 8, ready: 4, starting: 4) { $0.demand = 800 }).desired == 8)
  }

  @Test("an HPA that cannot see its metric does nothing") func hpaBlind() throws {
    var policy = try HPAPolicy(HPASpec(maxReplicas: 50))
    let decision = policy.step(look(0, desired: 7) { _ in })
    #expect(decision.desired == 7 && decision.because.rule == .hpaMetricsFailed)
  }

  @Test("a metric that no signal tells is named, with what to write") func hpaUnmapped() throws {
    let metric = HPAMetric(.external(metric: "zebras"), goal: .value(KubernetesQuantity(milli: 1000)))
    #expect(throws: Diagnostics.self) { try HPAPolicy(HPASpec(maxReplicas: 5, metrics: [metric])) }
    let mapped = try HPAPolicy(HPASpec(maxReplicas: 5, metrics: [metric]), signals: ["zebras": .queueDepth])
    var policy = mapped
    #expect(policy.step(look(0, desired: 1) { $0.queueDepth = 3 }).desired == 3)
  }

  @Test(
    "metrics find their signal by the words of their names",
    arguments: [
      ("cpu", Signal.utilization), ("http_requests_per_second", .requestRate), ("nginx.qps", .requestRate),
      ("vllm:num_requests_waiting", .queueDepth), ("vllm:num_requests_running", .concurrency),
      ("DCGM_FI_DEV_GPU_UTIL", .utilization), ("request_duration_p99_ms", .p99Latency),
      ("kafka_consumer_lag", .queueDepth),
    ])
  func names(name: String, signal: Signal) {
    #expect(MetricBinding.standard(for: name)?.signal == signal)
  }

  @Test("memory and unknown words find none", arguments: ["memory", "gpu_cache_usage_perc", "zebras", "flag"])
  func unknownNames(name: String) {
    #expect(MetricBinding.standard(for: name) == nil)
  }

  // MARK: knative and ray

  @Test("Knative sleeps after its grace period, and min-scale keeps it awake", arguments: [(0, 0), (2, 2)])
  func knativeSleeps(minScale: Int, expected: Int) {
    var policy = KnativePolicy(KnativeSpec(), minScale: minScale, maxScale: 10)
    var replicas = 3
    var path: [Int] = []
    for tick in 0..<120 {
      let decision = policy.step(look(Double(tick) * 2, desired: replicas) { $0.concurrency = 0 })
      replicas = decision.desired
      path.append(replicas)
    }
    #expect(replicas == expected)
    // Panic at the start lasts one stable window, and the last pod then stays for the grace of 30 s.
    if minScale == 0 { #expect(path[30] > 0 && path.firstIndex(of: 0).map { $0 * 2 >= 90 } == true, "\(path)") }
  }

  @Test("Knative stays below max-scale") func knativeBound() {
    var policy = KnativePolicy(KnativeSpec(), maxScale: 10)
    #expect(policy.step(look(0, desired: 1) { $0.concurrency = 7000 }).desired == 10)
  }

  @Test("Knative that measures nothing keeps its pods") func knativeBlind() {
    var policy = KnativePolicy(KnativeSpec(), maxScale: 10)
    for tick in 0..<60 {
      let decision = policy.step(look(Double(tick) * 2, desired: 7) { _ in })
      #expect(decision.desired == 7 && decision.because.rule == .knativeNoData)
    }
  }

  @Test("Ray Serve decides on the average of its look-back period") func rayLooksBack() {
    var config = RayServeConfig()
    config.maxReplicas = 50
    config.upscaleDelay = 0
    var policy = RayServePolicy(config, lookBack: .seconds(10))
    for second in 0..<10 { _ = policy.step(look(Double(second), desired: 2) { $0.concurrency = 4 }) }
    // One second of ten at 44: the average is 8.
    #expect(policy.step(look(10, desired: 2) { $0.concurrency = 44 }).desired == 4)
    #expect(policy.step(look(11, desired: 4) { _ in }).desired == 4)
  }

  // MARK: step

  private var stepPolicy: StepScalingPolicy {
    StepScalingPolicy(
      above: 0.7, scaleOut: [.init(from: 0, .percent(10)), .init(from: 0.2, .percent(50))], below: 0.3,
      scaleIn: [.init(from: 0, .replicas(1))], evaluationPeriodsOut: 2, evaluationPeriodsIn: 3, minimum: 2, maximum: 40)
  }

  @Test("a step follows the size of the breach, once the alarm has held", arguments: [(0.75, 22), (0.95, 30)])
  func steps(utilization: Double, expected: Int) {
    var policy = stepPolicy
    #expect(policy.step(look(0, desired: 20) { $0.utilization = utilization }).desired == 20)
    #expect(policy.step(look(60, desired: 20) { $0.utilization = utilization }).desired == expected)
  }

  @Test("what is still starting counts towards a step out and blocks a step in") func warming() {
    var policy = stepPolicy
    _ = policy.step(look(0, desired: 20) { $0.utilization = 0.75 })
    #expect(policy.step(look(60, desired: 22, ready: 20, starting: 2) { $0.utilization = 0.75 }).desired == 22)
    var low = stepPolicy
    for t in 0..<5 {
      #expect(low.step(look(Double(t) * 60, desired: 9, ready: 8, starting: 1) { $0.utilization = 0.1 }).desired == 9)
    }
    #expect(low.step(look(360, desired: 9) { $0.utilization = 0.1 }).desired == 8)
  }

  // MARK: schedule

  @Test("what the schedule set last holds, also before the first look") func schedule() throws {
    let entries = [
      SchedulePolicy.Entry(at: try #require(CronSchedule("0 7 * * 1-5")), replicas: 20),
      SchedulePolicy.Entry(at: try #require(CronSchedule("0 20 * * *")), replicas: 5),
    ]
    let monday = try #require(Timestamp(iso8601: "2026-03-09T00:00:00Z")).secondsSinceEpoch
    for (hour, expected) in [(10.0, 20), (21, 5), (3, 5)] {
      var policy = SchedulePolicy(entries)
      #expect(policy.step(look(monday + hour * 3600, desired: 1) { _ in }).desired == expected)
    }
    var policy = SchedulePolicy(entries)
    let path = stride(from: 0.0, to: 24, by: 1).map {
      policy.step(look(monday + $0 * 3600, desired: 1) { _ in }).desired
    }
    #expect(path == Array(repeating: 5, count: 7) + Array(repeating: 20, count: 13) + Array(repeating: 5, count: 4))
  }

  // MARK: composite and predictive

  @Test("a composite takes the largest decision, each part at its own pace") func composite() throws {
    let floor = SchedulePolicy([.init(at: try #require(CronSchedule("* * * * *")), replicas: 8)])
    let hpa = try HPAPolicy(
      HPASpec(maxReplicas: 50, metrics: [HPAMetric(.resource(name: "cpu"), goal: .utilization(50))]))
    var policy = CompositePolicy([floor, hpa])
    #expect(policy.period == .seconds(15))
    #expect(policy.step(look(0, desired: 4) { $0.utilization = 0.5 }).desired == 8)
    #expect(policy.step(look(15, desired: 10) { $0.utilization = 1 }).desired == 20)
  }

  private func predictive(_ mode: PredictivePolicy.Mode) -> PredictivePolicy {
    let forecast = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 0), step: .seconds(60),
      rawValues: (0..<60).map { $0 < 30 ? 100 : 1000 })
    return PredictivePolicy(
      forecast: forecast, perReplica: .perSecond(50), lead: .seconds(300), mode: mode, maximum: 30)
  }

  @Test("a forecast is provided for one lead time ahead") func ahead() {
    var policy = predictive(.forecastAndScale)
    #expect(policy.step(look(1380, desired: 1) { _ in }).desired == 2)
    #expect(policy.step(look(1440, desired: 2) { _ in }).desired == 20)
    #expect(policy.step(look(9999, desired: 7) { _ in }).because.rule == .forecastMissing)
  }

  @Test("in forecast-only mode nothing changes and the reason says what would") func forecastOnly() {
    var policy = predictive(.forecastOnly)
    let decision = policy.step(look(1500, desired: 3) { _ in })
    #expect(decision.desired == 3 && decision.because.proposed == 20)
  }

  @Test("no policy decides without a sentence") func sentences() throws {
    var policies: [any ScalingPolicy] = [
      try HPAPolicy(HPASpec(maxReplicas: 9)), KnativePolicy(KnativeSpec()), RayServePolicy(RayServeConfig()),
      stepPolicy, SchedulePolicy([]), predictive(.forecastAndScale),
      CompositePolicy([stepPolicy, predictive(.forecastOnly)]),
    ]
    var random = RandomStream(seed: 3)
    for i in policies.indices {
      for tick in 0..<200 {
        let ready = Int(random.next() % 12)
        let observation = look(
          Double(tick) * 30, desired: Int(random.next() % 12), ready: ready, starting: Int(random.next() % 3)
        ) {
          $0.utilization = random.next() % 5 == 0 ? .nan : random.uniform()
          $0.concurrency = random.next() % 5 == 0 ? .nan : random.uniform(0, 500)
          $0.demand = random.uniform(0, 500)
        }
        #expect(policies[i].step(observation).because.description.count > 5)
      }
    }
  }
}
