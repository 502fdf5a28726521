import CYaml

/// One step of a YAML document as libyaml tells it.
struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    case scalar(text: String, isPlain: Bool)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
  }

  var kind: Kind
  var anchor: String?
  var tag: String?
  var place: Place
}

/// A syntax error in libyaml's words.
struct YAMLSyntaxError: Error {
  var problem: String
  var place: Place
  /// What libyaml was reading when it met the problem, and where that began.
  var context: String?
  var contextPlace: Place
}

/// libyaml's event parser, owned.
final class YAMLEvents {
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  /// A parser over bytes that outlive it.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    parser = .allocate(capacity: 1)
    precondition(yaml_parser_initialize(parser) == 1, "out of memory for a YAML parser")
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event.
  func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { yaml_event_delete(&event) }
    let place = YAMLEvents.place(event.start_mark)
    var result = YAMLEvent(kind: .streamStart, anchor: nil, tag: nil, place: place)
    switch event.type {
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: result.kind = .streamEnd
    case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
    case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
    case YAML_ALIAS_EVENT: result.kind = .alias(YAMLEvents.text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: UnsafePointer(scalar.value), count: scalar.length)
      result.kind = .scalar(
        text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
      result.anchor = YAMLEvents.text(scalar.anchor)
      result.tag = YAMLEvents.text(scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      result.kind = .sequenceStart
      result.anchor = YAMLEvents.text(event.data.sequence_start.anchor)
      result.tag = YAMLEvents.text(event.data.sequence_start.tag)
    case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      result.kind = .mappingStart
      result.anchor = YAMLEvents.text(event.data.mapping_start.anchor)
      result.tag = YAMLEvents.text(event.data.mapping_start.tag)
    case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
    default: result.kind = .streamStart
    }
    return result
  }

  private func syntaxError() -> YAMLSyntaxError {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) } ?? "not valid YAML"
    return YAMLSyntaxError(
      problem: problem, place: YAMLEvents.place(state.problem_mark), context: state.context.map { String(cString: $0) },
      contextPlace: YAMLEvents.place(state.context_mark))
  }

  private static func place(_ mark: yaml_mark_t) -> Place { Place(line: mark.line + 1, column: mark.column + 1) }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    guard let pointer else { return nil }
    return String(cString: pointer)
  }
}
