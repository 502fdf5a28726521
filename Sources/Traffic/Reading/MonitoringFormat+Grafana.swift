import Documents
import Quantities

/// Data frames of Grafana, in every wrapping in which it hands them out.
///
/// https://grafana.com/docs/grafana/latest/developers/http_api/data_source/#query-a-data-source and
/// https://grafana.com/developers/plugin-tools/key-concepts/data-frames
extension MonitoringFormat {
  /// An answer of `/api/ds/query` (`results`), what a panel's inspector saves (frames alone, a list of them, `series`), and a
  /// dashboard's snapshot (`snapshotData` of its panels).
  static let grafana = MonitoringFormat(name: "data frame of Grafana") { (node) throws(Diagnostics) in
    let frames = frames(in: node, depth: 0)
    guard !frames.isEmpty else {
      // A panel's or a dashboard's model says what is drawn and holds no values.
      let panels = node["panels"]?.elements ?? node["dashboard"]?["panels"]?.elements ?? [node]
      guard panels.contains(where: { $0["targets"] != nil && ($0["datasource"] != nil || $0["fieldConfig"] != nil) })
      else { return nil }
      throw wrong(
        node, "this is how a panel of Grafana is drawn, without its data",
        "save its data: Inspect > Data > Download CSV, or Inspect > JSON > Panel data")
    }
    var found: [MonitoringSeries] = []
    for (frame, query) in frames { found += try series(of: frame, query) }
    return found
  }

  private static func frames(in node: Node, depth: Int) -> [(frame: Node, query: String)] {
    guard depth < 6 else { return [] }
    if node["schema"]?["fields"]?.elements != nil, node["data"]?["values"] != nil { return [(node, "")] }
    if let fields = node["fields"]?.elements, !fields.isEmpty,
      fields.allSatisfy({ $0["name"] != nil && $0["type"] != nil && $0["values"]?.count != nil })
    {
      return [(node, "")]
    }
    if let all = node.elements {
      // Only a list of frames is one: a long list of rows is not looked through.
      guard let first = all.first, !frames(in: first, depth: depth + 1).isEmpty else { return [] }
      return all.flatMap { frames(in: $0, depth: depth + 1) }
    }
    if let results = node["results"]?.entries {
      return results.flatMap { (name, _, result) in
        (result["frames"]?.elements ?? []).flatMap { frames(in: $0, depth: depth + 1) }.map { ($0.frame, name) }
      }
    }
    if let panels = node["panels"]?.elements {
      return panels.flatMap { ($0["snapshotData"]?.elements ?? []).flatMap { frames(in: $0, depth: depth + 1) } }
    }
    for key in ["frames", "series", "data", "snapshotData", "dashboard", "frame"] {
      if let inner = node[key] {
        let found = frames(in: inner, depth: depth + 1)
        if !found.isEmpty { return found }
      }
    }
    return []
  }

  /// The series of a frame: a column of numbers each; where texts stand beside them (a long frame), one for each of their
  /// combinations.
  private static func series(of frame: Node, _ query: String) throws(Diagnostics) -> [MonitoringSeries] {
    let fields = frame["schema"]?["fields"]?.elements ?? frame["fields"]?.elements ?? []
    let columns = frame["data"]?["values"]?.elements ?? fields.compactMap { $0["values"] }
    let title = frame["schema"]?["name"]?.text ?? frame["name"]?.text
    guard let at = fields.firstIndex(where: { $0["type"]?.text == "time" }), at < columns.count else { return [] }
    let times = columns[at].elements ?? []
    let moments = try times.map { (one) throws(Diagnostics) in try time(one, in: columns[at]) }
    let texts = fields.indices.filter { fields[$0]["type"]?.text == "string" && $0 < columns.count }
    let words = texts.map { columns[$0].elements ?? [] }
    if let odd = words.firstIndex(where: { $0.count != times.count }) {
      throw wrong(
        columns[texts[odd]], "there are \(words[odd].count) texts and \(times.count) times", "save the frame again")
    }
    var found: [MonitoringSeries] = []
    for (c, field) in fields.enumerated() where field["type"]?.text == "number" && c < columns.count {
      let name = field["name"]?.text ?? query
      let shown = field["config"]?["displayNameFromDS"]?.text ?? field["config"]?["displayName"]?.text
      let metric = ["Value", "value", ""].contains(name) ? title ?? name : name
      let values = columns[c].elements ?? []
      guard values.count == times.count else {
        throw wrong(columns[c], "there are \(values.count) values and \(times.count) times", "save the frame again")
      }
      var places: [String: Int] = [:]
      for (i, point) in values.enumerated() {
        let own = zip(texts, words).map { (name: fields[$0]["name"]?.text ?? "", value: $1[i].text ?? "") }
        let key = own.map(\.value).joined(separator: "\u{0}")
        let place = places[key] ?? found.count
        if place == found.count {
          places[key] = place
          var one = MonitoringSeries(
            metric: metric, labels: (labels(field["labels"]) + own).sorted { $0.name < $1.name },
            name: texts.isEmpty ? shown : nil)
          one.meaning = unitMeaning(field["config"]?["unit"]?.text)
          found.append(one)
        }
        found[place].add(moments[i], try value(point))
      }
    }
    return found
  }

  /// Of the units that Grafana's panels name: https://github.com/grafana/grafana, `valueFormats/categories.ts`: `reqps`, `ops`,
  /// `rps`, `wps`, `iops` and `cps` are rates a second, the same with `m` behind rates a minute.
  private static func unitMeaning(_ unit: String?) -> ColumnMeaning? {
    switch unit {
    case "reqps", "ops", "rps", "wps", "iops", "eps", "mps", "cps", "recps": .rate(per: 1)
    case "rpm", "opm", "wpm", "cpm", "epm", "mpm": .rate(per: 60)
    default: nil
    }
  }
}
