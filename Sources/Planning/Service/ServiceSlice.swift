import Catalogs
import Documents
import Quantities
import Serving
import Simulating

/// The service: what one replica can do, what is asked of it, and how long a new one takes.
enum ServiceSlice: PlanSlice {
  typealias Spec = ServiceSpec
  typealias Settings = ServiceSettings
  typealias Answer = ServiceAnswer

  static func fields(_ format: PlanFormat) -> [Field] {
    [Field("service", "what one replica can do and what is asked of it", .object(service), required: true)]
  }

  static let service = ObjectSchema(
    title: "service",
    summary: "What one replica can do, by exactly one model ("
      + ServiceModelList.all.map { "\($0.name): \($0.fields.map { "`\($0.name)`" }.joined(separator: ", "))" }
      .joined(separator: "; ") + "), and what is asked of it.",
    fields: [
      Field(
        "model", "which model is meant, where its keys do not say it already",
        .choice(ServiceModelList.all.map(\.name)), example: "queueing")
    ] + ServiceModelList.fields + [
      Field(
        "balancing",
        "how requests find their replica: all take from one line; by chance or in turn; the one with the fewest requests",
        Balancing.schema, example: "least connections", default: Balancing.usual.rawValue),
      Field(
        "utilization", "plan a replica up to this share of what it carries", UnitSchema.share, example: "80%",
        default: "100%"),
      Field("objective", "what is asked of the service", .object(Objective.schema)),
      Field("startup", "the stages before a new replica serves", .object(startup)),
      Field(
        "queue", "longest wait before a request is turned away", UnitSchema.span, example: "5s", default: "5s"),
      Field("running", "replicas that run today", .integer, example: "108"),
    ])

  static let startup = ObjectSchema(
    title: "startup", summary: "Stages of a new replica, one after the other.",
    fields: [
      Field("node", "a machine arrives", StageSchema.stage, example: "90s"),
      Field("image", "its image is pulled", StageSchema.stage, example: "20s"),
      Field(
        "model load", "the model is loaded into memory", StageSchema.stage, example: "{ median: 45s, p99: 2m }"),
      Field("warm", "caches and compilers warm up", StageSchema.stage, example: "10s"),
    ])

  // MARK: Reading

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> ServiceSpec {
    var spec = ServiceSpec()
    guard let node = plan["service"], node.entries != nil else { return spec }
    spec.node = node
    if let word = reader.string(node["balancing"], "service.balancing") {
      spec.balancing = Balancing(rawValue: word) ?? .usual
    }
    spec.utilization = reader.share(node["utilization"], "service.utilization", 0.01...1, help: "write 80%")
    if let objective = node["objective"] {
      spec.objective = Objective.read(objective, "service.objective", &reader)
    }
    if let startup = node["startup"] {
      func stage(_ key: String) -> StartupTime {
        reader.startupTime(startup[key], "service.startup.\(key)") ?? .fixed(.zero)
      }
      spec.startup = Startup(
        node: stage("node"), image: stage("image"), modelLoad: stage("model load"), warm: stage("warm"))
    }
    spec.queueLimit = reader.quantity(node["queue"], "service.queue")
    spec.running = reader.count(node["running"], "service.running", 0...10_000_000)
    // Without files: a measurement is read when the plan is resolved.
    var models = ServiceModelReader(balancing: spec.balancing)
    spec.model = ServiceModelList.read(node, "service", &models)
    reader.merge(models.values.diagnostics)
    for (path, place) in models.values.places { reader.remember(place, path) }
    return spec
  }

  // MARK: Resolving

  static func resolve(_ resolver: inout PlanResolver) -> ServiceSettings? {
    let spec = resolver.spec.service
    var measured: [String] = []
    var model = spec.model
    if model == nil, let node = spec.node {
      let files = resolver.files
      var models = ServiceModelReader(balancing: spec.balancing) { (names) throws(Diagnostics) in
        measured = names
        var results: [(bytes: [UInt8], name: String)] = []
        var missing = Diagnostics()
        for name in names {
          do throws(Diagnostics) { results.append((try files(name), name)) } catch { missing.merge(error) }
        }
        if missing.isEmpty { return try MeasuredCapacity.read(results).rate }
        // What is wrong in those that are there is told in the same run.
        do throws(Diagnostics) {
          if !results.isEmpty { _ = try MeasuredCapacity.read(results) }
        } catch { missing.merge(error) }
        throw missing
      }
      models.files = files
      model = ServiceModelList.read(node, "service", &models)
      resolver.reader.merge(models.values.diagnostics)
    }
    guard let model else { return nil }
    check(spec, model.mid, &resolver)
    let capacity = CapacityEstimate(model, meeting: spec.objective, fill: spec.utilization ?? 1)
    guard capacity.low.isAttainable else {
      let alone = model.mid.level(of: .zero, replicas: 1).latency?.mean ?? 0
      resolver.fail(
        "no replica meets the objective: the service time alone is \(NumberFormat.duration(.seconds(alone)))",
        "service.objective",
        at: spec.objective.latency.first.flatMap { resolver.spec.places["service.objective.\($0.name)"] }
          ?? resolver.spec.places["service.service time"],
        help: "allow more than the service time's own 99 % quantile, or make the service faster")
      return nil
    }
    return ServiceSettings(
      model: model, capacity: capacity, measured: measured, objective: spec.objective, startup: spec.startup,
      queueLimit: spec.queueLimit ?? .seconds(5), running: spec.running)
  }

  /// What is written and can change nothing, or asks what the model cannot know.
  private static func check(_ spec: ServiceSpec, _ model: any ServiceModel, _ resolver: inout PlanResolver) {
    if resolver.spec.places["service.balancing"] != nil, model.metrics.isEmpty {
      resolver.warn(
        "'balancing' changes nothing: a capacity alone knows no queue", "service.balancing",
        help: "add service time: 20ms, or take it out")
    }
    for bound in spec.objective.latency where bound.metric != .response && !model.metrics.contains(bound.metric) {
      // The wait in the queue under overload is all that a world knows without a model of it.
      if bound.metric == .wait { continue }
      resolver.fail(
        "'\(bound.name)' cannot be judged: the service's model knows no \(bound.metric.title)",
        "service.objective.\(bound.name)",
        help: "take it out, or choose a model that knows it")
    }
  }

  // MARK: Answering

  /// The capacity of a replica, with where it comes from.
  static func answer(_ draft: inout PlanDraft) -> ServiceAnswer {
    let service = draft.plan.service
    let one = service.capacity.ofOne
    let isMeasured = !service.measured.isEmpty
    let place = draft.plan.places["service.capacity"]
    let bound = service.objective.latency.first { service.model.mid.metrics.contains($0.metric) }
    let fill = service.capacity.mid.fill
    let origin: Derivation.Origin
    if isMeasured {
      origin = .measured(
        how: service.measured.count == 1
          ? "by a load test, \(service.measured[0])"
          : "by \(service.measured.count) load tests, \(service.measured.joined(separator: ", "))")
    } else if let place, bound == nil {
      origin = .input(place: "\(place)")
    } else if let bound {
      origin = .model(
        what: "the highest rate at which one replica keeps \(bound); \(service.model.mid.summary)")
    } else {
      origin = .model(what: "at saturation; \(service.model.mid.summary)")
    }
    draft.ledger.note(
      "capacity", "capacity of one replica", one.mid.perSecond, .rate, from: origin, shown: "\(one)",
      because: fill < 1
        ? "A replica is planned up to \(Fraction(rawValue: fill)) of what it carries." : "")
    return ServiceAnswer(capacity: one)
  }

  static func judge(_ draft: inout PlanDraft) {
    let model = draft.plan.service.model.mid
    let level = model.level(of: draft.plan.service.capacity.ofOne.mid, replicas: 1)
    if let caution = level.caution {
      draft.tell(ServiceFinding.modelCaution(caution, model: model.summary))
    }
    // A band of a few per cent is nothing to tell.
    if let band = level.band, band.low < 0.9 || band.high > 1.1 {
      draft.tell(ServiceFinding.modelBand(band))
    }
    if draft.plan.service.startup.mean == .zero {
      draft.assume(ServiceAssumption.startsAtOnce)
    }
  }
}

/// What one replica can do, what is asked of the service, and how long a replica takes to start, as written.
public struct ServiceSpec: Sendable {
  /// The model; nil while a measurement that it names is not read yet.
  public var model: ServiceEstimate?
  public var balancing = Balancing.usual
  public var objective = Objective()
  public var startup = Startup()
  public var queueLimit: Duration?
  public var running: Int?
  public var utilization: Double?
  /// What stands under `service:`, for reading the measurements that it names.
  var node: Node?
}

/// The service as the engines need it.
public struct ServiceSettings: Sendable {
  /// The model at the low, the middle and the high end of what a replica may do: the only source of capacity.
  public var model: ServiceEstimate
  /// What replicas carry within the objective, by that model.
  public var capacity: CapacityEstimate
  /// The files of load tests that the capacity was read from.
  public var measured: [String]
  public var objective: Objective
  public var startup: Startup
  public var queueLimit: Duration
  public var running: Int?
}

/// What the service slice answers.
public struct ServiceAnswer: Sendable {
  /// The rate that one replica carries within the objective.
  public var capacity: Estimate<RequestRate>
}

extension PlanSpec {
  public var service: ServiceSpec { self[ServiceSlice.self] }
}

extension Plan {
  public var service: ServiceSettings {
    get { self[ServiceSlice.self] }
    set { self[ServiceSlice.self] = newValue }
  }
}
