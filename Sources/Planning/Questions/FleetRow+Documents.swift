import Catalogs
import Documents
import Quantities

/// A row as one JSON object, as journals, streams and reports have it; what is not known is null.
extension FleetRow {
  /// Writes the fields into an open object.
  public func write(to json: inout JSONWriter) {
    json.key("service")
    json.string(name)
    json.key("file")
    json.string(file)
    guard let answer else {
      json.key("error")
      return json.string(fault)
    }
    answer.write(to: &json)
  }

  /// Reads what ``write(to:)`` wrote; nil where it is something else.
  public init?(_ node: Node) {
    guard let name = node["service"]?.text, let file = node["file"]?.text else { return nil }
    if let fault = node["error"]?.text {
      self.init(name, file: file, fault: fault)
    } else if let answer = ServiceFigures(node) {
      self.init(name, file: file, answer: answer)
    } else {
      return nil
    }
  }
}

extension ServiceFigures {
  func write(to json: inout JSONWriter) {
    func number(_ key: String, _ value: Double?) {
      json.key(key)
      if let value { json.number(value) } else { json.null() }
    }
    func integer(_ key: String, _ value: Int?) {
      json.key(key)
      if let value { json.integer(value) } else { json.null() }
    }
    func text(_ key: String, _ value: String?) {
      json.key(key)
      if let value { json.string(value) } else { json.null() }
    }
    func texts(_ key: String, _ values: [String]) {
      json.key(key)
      json.array { json in for value in values { json.string(value) } }
    }
    number("peak", peak.mid.perSecond)
    number("peak_low", peak.low.perSecond)
    number("peak_high", peak.high.perSecond)
    number("peak_confidence", peak.confidence)
    number("provisioned", provisioned.perSecond)
    integer("replicas", replicas)
    integer("running", running)
    number("carried", carried?.perSecond)
    text("runs_out_early", early?.description)
    text("runs_out", expected?.description)
    text("runs_out_late", late?.description)
    number("overload_probability", overload)
    text("standing", standing)
    text("add_by", addBy?.description)
    texts("urgent", urgent)
    texts("objectives_missed", missed)
    json.key("machines")
    json.array { json in
      for need in machines {
        json.object { json in
          json.key("machine")
          json.string(need.machine)
          json.key("region")
          json.string(need.region)
          json.key("lifecycle")
          json.string(need.lifecycle.rawValue)
          json.key("count")
          json.integer(need.count)
          json.key("quota")
          if let quota = need.quota { json.integer(quota) } else { json.null() }
        }
      }
    }
    text("currency", currency)
    number("held_per_month", heldPerMonth?.dollars)
    number("following_per_month", followingPerMonth?.dollars)
    number("idle_per_month", idlePerMonth?.dollars)
  }

  init?(_ node: Node) {
    func number(_ key: String) -> Double? { node[key]?.number }
    func money(_ key: String) -> Money? { number(key).map { .dollars($0) } }
    func date(_ key: String) -> CivilDate? {
      node[key]?.text.flatMap { Timestamp(iso8601: $0) }.map { TimeZoneRules.utc.local($0).date }
    }
    func texts(_ key: String) -> [String] { node[key]?.elements?.compactMap(\.text) ?? [] }
    guard let low = number("peak_low"), let mid = number("peak"), let high = number("peak_high"),
      let provisioned = number("provisioned"), let replicas = node["replicas"]?.integer,
      let standing = node["standing"]?.text, let currency = node["currency"]?.text,
      let needs = node["machines"]?.elements, low <= mid, mid <= high
    else { return nil }
    let confidence = number("peak_confidence").map { min(max($0, 0), 1) } ?? 0.8
    peak = Estimate(low: .perSecond(low), mid: .perSecond(mid), high: .perSecond(high), confidence: confidence)
    self.provisioned = .perSecond(provisioned)
    self.replicas = replicas
    running = node["running"]?.integer
    carried = number("carried").map { .perSecond($0) }
    early = date("runs_out_early")
    expected = date("runs_out")
    late = date("runs_out_late")
    overload = number("overload_probability")
    self.standing = standing
    addBy = date("add_by")
    urgent = texts("urgent")
    missed = texts("objectives_missed")
    machines = needs.compactMap { need in
      guard let lifecycle = need["lifecycle"]?.text.flatMap(Lifecycle.init(rawValue:)),
        let count = need["count"]?.integer
      else { return nil }
      return Need(
        machine: need["machine"]?.text ?? "", region: need["region"]?.text ?? "", lifecycle: lifecycle, count: count,
        quota: need["quota"]?.integer)
    }
    self.currency = currency
    heldPerMonth = money("held_per_month")
    followingPerMonth = money("following_per_month")
    idlePerMonth = money("idle_per_month")
  }
}
