import PhotoLibrary
import Renditions

extension Schemas {
    private static let photoMembers: [Schema.Member] = [
        .always("id", .number64("Its number; never another photo's.")),
        .always("name", .text("Its name; no two have the same.")),
        .maybe("title", .text("Its title.")), .maybe("caption", .text("What is written about it.")),
        .always("width", .integer("Pixels, as it is shown.")), .always("height", .integer("Pixels, as it is shown.")),
        .always("bytes", .integer("Size of the file.")),
        .always("format", .text("Of the file, such as `jpeg`.")),
        .maybe("taken", .text("When it was taken, by the camera's clock: `2024-06-21T19:30:00`.")),
        .maybe("takenOffsetMinutes", .integer("Minutes by which that clock was east of UTC.")),
        .maybe("camera", .text("What took it.")), .maybe("lens", .text("Through what.")),
        .always("rating", .integer("Stars.", 0...5)), .always("favourite", .flag("Whether it is a favourite.")),
        .always("hidden", .flag("Whether no display shows it.")), .always("binned", .flag("Whether it is in the bin.")),
        .always("thumbnail", .address("Where its thumbnail is.")),
        .always("preview", .address("Where a larger picture of it is.")),
    ]

    private static let albumMembers: [Schema.Member] = [
        .always("id", .number64("Its number; never another album's.")), .always("name", .text("Its name.")),
        .always("photoCount", .integer("Photos in it.")), .always("countText", .text("The same in words.")),
        .always("covers", .array("Where thumbnails of its first photos are.", of: .address(""))),
        .maybe("rule", .reference("Rule")), .always("isSmart", .flag("Whether a rule decides about its photos.")),
    ]

    static let library: [String: Schema] = [
        "Photo": .object("A photo. Where it was taken is not among it.", Self.photoMembers),
        "PhotoDetail": .object(
            "All that is known of a photo.",
            [
                .always("photo", .reference("Photo")), .always("keywords", .array("", of: .text())),
                .always("placeKnown", .flag("Whether the file says where it was taken.")),
                .always("placeShown", .flag("Whether that may be shown.")),
                .maybe(
                    "place",
                    .object(
                        "Only where it may be shown.",
                        [
                            .always("latitude", .number("Degrees north.")),
                            .always("longitude", .number("Degrees east.")),
                        ])),
            ]),
        "PhotoPage": .object(
            "Some photos of a list.",
            [
                .always("photos", .array("", of: .reference("Photo"))),
                .maybe("next", .text("To be given as `after` for the next page; absent at the end.")),
                .always("total", .integer("Photos in the whole list.")),
            ]),
        "UploadedPhoto": .object(
            "What became of a file.",
            [
                .always("photo", .reference("Photo")),
                .always("duplicate", .flag("Whether the library has had this very file before, as this photo.")),
            ]),
        "PhotoChange": .request(
            "What is to be changed about photos. What is left out stays as it is.",
            [
                .maybe("name", .text("For one photo only.", 1...255)),
                .maybe("title", .text("An empty text removes it.", 0...1000)),
                .maybe("caption", .text("An empty text removes it.", 0...1000)),
                .maybe("keywords", .array("All keywords anew.", of: .text("", 0...100), 0...200)),
                .maybe("addKeywords", .array("", of: .text("", 0...100), 0...200)),
                .maybe("removeKeywords", .array("", of: .text("", 0...100), 0...200)),
                .maybe("rating", .integer("Stars.", 0...5)), .maybe("favourite", .flag()),
                .maybe("hidden", .flag("Hidden photos are on no display.")),
                .maybe("bin", .flag("Into the bin, or out of it.")),
                .maybe("turn", .integer("Degrees clockwise: 90, 180, 270 or -90.", -90...270)),
                .maybe("taken", .text("`2024-06-21T19:30:00` or a day alone; an empty text removes it.", 0...19)),
                .maybe("takenOffsetMinutes", .integer("Minutes east of UTC.", -840...840)),
                .maybe(
                    "shiftSeconds",
                    .integer("By how much the camera's clock was slow.", -6_324_480_000...6_324_480_000)),
                .maybe("placeShown", .flag("Whether it may be shown where it was taken.")),
            ]),
        "Rule": .either(
            "A question about a photo that is answered with yes or no. At most 8 levels and 100 tests.",
            [
                .object("Every one of them.", [.always("all", .array("", of: .reference("Rule")))]),
                .object("One of them at least.", [.always("any", .array("", of: .reference("Rule")))]),
                .object("The opposite.", [.always("not", .reference("Rule"))]),
                .object(
                    "A test. Not every `field` can be compared by every `is`; dates are days such as `2024-06-21`.",
                    [
                        .always("field", .choice("What is looked at.", PhotoRule.Field.self)),
                        .always("is", .choice("How it is compared.", PhotoRule.Comparison.self)),
                        .always("value", .text("With what.", 0...200)),
                    ]),
            ]
        ).checkedByRoute,
        "Album": .object("An album.", Self.albumMembers),
        "ChangedAlbum": .object(
            "An album, and beside its own members the change that can be undone.",
            Self.albumMembers + [.maybe("edit", .reference("Edit"))]),
        "Upload": .object(
            "A file that arrives in parts.",
            [
                .always("id", .text("Its id.")), .always("size", .integer("Bytes that it will have.")),
                .always("offset", .integer("Bytes that have arrived: where the next part begins.")),
            ]),
        "FinishedUpload": .object(
            "What became of a file whose last part arrived: a photo, or an archive of photos.",
            [
                .always("offset", .integer("Bytes that have arrived.")), .maybe("photo", .reference("Photo")),
                .maybe("duplicate", .flag("Whether the library has had this very file before.")),
                .maybe(
                    "archive",
                    .object(
                        "What was in it.",
                        [
                            .always("added", .integer("New photos.")),
                            .always("known", .integer("Photos that the library had.")),
                            .always("refusedCount", .integer("Files that are no photos.")),
                            .always(
                                "refused",
                                .array(
                                    "The first of them.",
                                    of: .object("", [.always("name", .text()), .always("message", .text())]))),
                        ])),
            ]),
        "UnfinishedUpload": .object(
            "A file of which not all has arrived.",
            [
                .always("id", .text()), .always("filename", .text()), .always("size", .integer("Bytes.")),
                .always("offset", .integer("Bytes that have arrived.")),
                .maybe("album", .number64("The album that it will be in.")),
                .always("idleSeconds", .integer("Since the last byte arrived.")),
            ]),
        "GuestUpload": .object(
            "A file that a guest sends.",
            [
                .always("id", .text()), .always("size", .integer("Bytes that it will have.")),
                .always("offset", .integer("Bytes that have arrived: where the next part begins.")),
                .always("isDone", .flag("Whether it is in the album.")),
            ]),
    ]
}
