import Documents
import Planning
import Quantities

/// Alerts as documents: kept in the store, sent to a webhook, sent to Alertmanager.
enum AlertDocuments {
  /// A change as it is kept and sent.
  static func change(_ change: AlertBook.Change, link: String) -> String {
    var json = JSONWriter()
    json.object { json in
      json.entry("schema", "headroom/alert/1")
      json.entry("state", change.kind.rawValue)
      json.entry("at", change.at.iso8601)
      json.entry("key", change.alert.key)
      write(change.alert, link: link, to: &json)
    }
    return json.text
  }

  private static func write(_ alert: Alert, link: String, to json: inout JSONWriter) {
    json.entry("service", alert.service)
    json.entry("code", alert.code)
    json.entry("severity", alert.severity)
    json.entry("what", alert.what)
    json.entry("because", alert.because)
    json.entry("remedy", alert.remedy)
    json.key("by")
    if let by = alert.by { json.string(by.description) } else { json.null() }
    json.entry("link", link)
  }

  /// From what ``change(_:link:)`` wrote; nil where it is something else.
  static func change(_ text: String) -> AlertBook.Change? {
    guard let node = try? JSON.parse(Array(text.utf8)), node["schema"]?.string == "headroom/alert/1",
      let kind = node["state"]?.string.flatMap(AlertBook.Change.Kind.init), let key = node["key"]?.string,
      let at = node["at"]?.string.flatMap({ Timestamp(iso8601: $0) })
    else { return nil }
    func value(_ key: String) -> String { node[key]?.string ?? "" }
    let alert = Alert(
      service: value("service"), code: value("code"), severity: value("severity"), what: value("what"),
      because: value("because"), remedy: value("remedy"), key: key)
    return AlertBook.Change(kind: kind, alert: alert, at: at)
  }

  /// What changed, for a webhook: one document for all of it.
  static func webhook(_ changes: [AlertBook.Change], site: String) -> String {
    var json = JSONWriter()
    json.object { json in
      json.entry("schema", "headroom/alerts/1")
      json.entry("from", site)
      json.key("alerts")
      json.array { json in
        for change in changes {
          json.object { json in
            json.entry("state", change.kind.rawValue)
            json.entry("at", change.at.iso8601)
            json.entry("key", change.alert.key)
            write(change.alert, link: link(change.alert, site), to: &json)
          }
        }
      }
    }
    return json.text
  }

  /// Everything that stands and what is over, for Alertmanager's `/api/v2/alerts`: it tells the same labels once, as long as
  /// they are repeated before they end.
  static func alertmanager(
    _ standing: [AlertBook.Standing], over: [AlertBook.Change], site: String, ends: Timestamp
  ) -> String {
    var json = JSONWriter()
    func alert(_ alert: Alert, _ since: Timestamp?, _ end: Timestamp, _ json: inout JSONWriter) {
      json.object { json in
        json.object("labels") { json in
          json.entry("alertname", "HeadroomPlan")
          json.entry("service", alert.service)
          json.entry("code", alert.code)
          json.entry("key", alert.key)
          json.entry("severity", alert.severity == "act" ? "critical" : "warning")
        }
        json.object("annotations") { json in
          json.entry("summary", alert.what)
          json.entry("description", alert.because)
          json.entry("remedy", alert.remedy)
          if let by = alert.by { json.entry("by", by.description) }
        }
        if let since { json.entry("startsAt", since.iso8601) }
        json.entry("endsAt", end.iso8601)
        json.entry("generatorURL", link(alert, site))
      }
    }
    json.array { json in
      for one in standing { alert(one.alert, one.since, ends, &json) }
      for change in over where change.kind == .resolved { alert(change.alert, nil, change.at, &json) }
    }
    return json.text
  }

  static func link(_ alert: Alert, _ site: String) -> String {
    guard site.hasSuffix("/") else { return "" }
    return alert.code == "not-answered" ? site : "\(site)services/\(Form.encoded(alert.service))"
  }

  /// What stands now, for `/api/v1/alerts`.
  static func list(_ standing: [AlertBook.Standing]) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/standing-alerts/1")
      json.key("alerts")
      json.array { json in
        for one in standing {
          json.object { json in
            json.entry("since", one.since.iso8601)
            json.entry("key", one.alert.key)
            let link = one.alert.code == "not-answered" ? "/" : "/services/\(Form.encoded(one.alert.service))"
            write(one.alert, link: link, to: &json)
          }
        }
      }
    }
    return json.text + "\n"
  }
}
