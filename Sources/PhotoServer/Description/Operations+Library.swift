import PhotoLibrary

extension Operations {
    private static let numbers = Schema.request("", [.always("photos", .reference("PhotoNumbers"))])
    private static func word(_ name: String, _ about: String) -> Operation.Query {
        .init(name, .text(about, 0...RequestLimits.nameCharacters))
    }

    private static let yesNo = ["yes", "no"]

    static let library: [Operation] = [
        Operation(
            "GET photos", "listPhotos", "Photos, page by page",
            "Of an album in its order, else the newest first. All that is asked for has to hold.",
            query: [
                Self.limit, .init("after", .text("The `next` of the page before.", 0...200)),
                .init("album", .number64("Only of this album.")),
                .init("shelf", .choice("Which list.", PhotoFilter.Shelf.self)),
                Self.word("text", "Words anywhere in names, titles, captions, keywords and cameras."),
                .init("orientation", .choice("", ["landscape", "portrait", "square"])),
                Self.word("keyword", "Exactly this one."), Self.word("camera", "Exactly this one."),
                .init("from", .text("Taken on this day or later.", 4...19, pattern: "^[0-9]{4}[0-9T:-]{0,15}$")),
                .init("to", .text("Taken on this day or before.", 4...19, pattern: "^[0-9]{4}[0-9T:-]{0,15}$")),
                .init("rating", .integer("Stars at least.", 0...5)), .init("favourite", .choice("", Self.yesNo)),
                .init("shown", .choice("Whether a display shows it.", Self.yesNo)),
            ],
            .json("A page.", .reference("PhotoPage")),
            problems: [404: "There is no such album.", 422: "`after` is not one that this server gave."]),
        Operation(
            "POST photos", "uploadPhoto", "Send a photo in one piece",
            "JPEG, PNG, WebP, HEIC, TIFF and raw files. For large files see `uploads`.",
            query: [
                .init("filename", .text("What it is called.", 1...255), isRequired: true),
                .init("album", .number64("The album that it is put into.")),
            ],
            body: .bytes(mediaTypes: ["application/octet-stream", "image/*"], about: "The file."),
            [
                .json(201, "A new photo.", .reference("UploadedPhoto")),
                .json("The library has had this very file before.", .reference("UploadedPhoto")),
            ],
            problems: [
                404: "There is no such album.", 409: "A rule decides about the album's photos.",
                413: "The file is too large.", 415: "It is no photo.",
                422: "It is damaged or has too many pixels.", 429: "Too many are sent at once.",
                507: "The disk is full.",
            ]),
        Operation(
            "GET photos/{id}", "getPhoto", "All that is known of a photo",
            .json("The photo.", .reference("PhotoDetail"))),
        Operation(
            "DELETE photos/{id}", "binPhoto", "Put a photo into the bin",
            "It can be taken out again until the bin is emptied, which happens by itself after 30 days.",
            Self.editResult),
        Operation(
            "GET photos/{id}/thumbnail", "getThumbnail", "A small picture of a photo",
            query: [.init("v", .text("The version, so that a browser may keep it for ever.", 0...64))],
            .file("The picture.", "image/jpeg"),
            problems: [416: "The picture ends before the range.", 422: "The file is damaged."]),
        Operation(
            "GET photos/{id}/preview", "getPreview", "A larger picture of a photo",
            query: [.init("v", .text("The version, so that a browser may keep it for ever.", 0...64))],
            .file("The picture.", "image/jpeg"),
            problems: [416: "The picture ends before the range.", 422: "The file is damaged."]),
        Operation(
            "POST photos/changes", "changePhotos", "Change photos",
            "All of them in the same way, and in one step that can be undone.",
            body: .json(
                .request(
                    "", [.always("photos", .reference("PhotoNumbers")), .always("change", .reference("PhotoChange"))])),
            Self.editResult,
            problems: [
                404: "One of the photos is not there.", 409: "Another photo has the name.",
                422: "A value is not allowed.",
            ]),
        Operation(
            "GET albums", "listAlbums", "All albums", .json("By their names.", Self.list("albums", of: "Album"))),
        Operation(
            "POST albums", "makeAlbum", "Make an album",
            "With a rule, the photos for which it is true are in it; without, those that are put into it.",
            body: .json(
                .request("", [.always("name", .text("", 1...100)), .maybe("rule", .reference("Rule"))])),
            .json(201, "The album; its address is in `Location`.", .reference("ChangedAlbum")),
            problems: [
                404: "The rule names an album that is not there.", 409: "Another album has the name.",
                422: "The name or the rule is not allowed.",
            ]),
        Operation("GET albums/{id}", "getAlbum", "An album", .json("The album.", .reference("ChangedAlbum"))),
        Operation(
            "PATCH albums/{id}", "changeAlbum", "Give an album another name or rule",
            body: .json(
                .request("One of them.", [.maybe("name", .text("", 1...100)), .maybe("rule", .reference("Rule"))])),
            .json("The album.", .reference("ChangedAlbum")),
            problems: [
                409: "Another album has the name, or it is filled by hand.",
                422: "The name or the rule is not allowed.",
            ]),
        Operation(
            "DELETE albums/{id}", "deleteAlbum", "Delete an album", "Its photos stay in the library.", Self.editResult,
            problems: [409: "Something needs it."]),
        Operation(
            "POST albums/{id}/photos", "addPhotosToAlbum", "Put photos into an album", body: .json(Self.numbers),
            .json("The album.", .reference("ChangedAlbum")), problems: [409: "A rule decides about its photos."]),
        Operation(
            "DELETE albums/{id}/photos", "removePhotosFromAlbum", "Take photos out of an album",
            "They stay in the library.", body: .json(Self.numbers), .json("The album.", .reference("ChangedAlbum")),
            problems: [409: "A rule decides about its photos."]),
        Operation(
            "POST albums/{id}/order", "orderAlbum", "Put photos of an album into another place",
            body: .json(
                .request(
                    "",
                    [
                        .always("photos", .reference("PhotoNumbers")),
                        .maybe("before", .number64("The photo that comes behind them; the end, unless said.")),
                    ])),
            Self.editResult, problems: [409: "A rule decides about its photos.", 422: "A photo is not in it."]),
        Operation(
            "POST albums/preview", "previewRule", "What would be in an album with this rule", "Changes nothing.",
            body: .json(
                .request(
                    "",
                    [
                        .always("rule", .reference("Rule")),
                        .maybe("album", .number64("The album whose rule it would be.")),
                    ])),
            .json(
                "The first photos, and how many there are.",
                .object(
                    "", [.always("photos", .array("", of: .reference("Photo"))), .always("count", .integer("Of all."))])
            ),
            problems: [404: "The rule names an album that is not there.", 422: "The rule is not allowed."]),
        Operation(
            "GET keywords", "listKeywords", "Keywords, the most used first",
            query: [
                Self.word("prefix", "Only those that begin so."),
                .init("limit", .integer("How many at most.", 1...500)),
            ],
            .json(
                "Keywords.",
                .object(
                    "",
                    [
                        .always(
                            "keywords",
                            .array(
                                "",
                                of: .object(
                                    "",
                                    [.always("keyword", .text()), .always("count", .integer("Photos that have it."))])))
                    ]))),
        Operation(
            "POST keywords/rename", "renameKeyword", "Give a keyword another name, or remove it everywhere",
            body: .json(
                .request(
                    "", [.always("from", .text("", 1...100)), .maybe("to", .text("Without, it is removed.", 0...100))])),
            Self.editResult, problems: [404: "No photo has it.", 422: "The new name is not allowed."]),
        Operation(
            "GET cameras", "listCameras", "Cameras by which photos were taken",
            .json("Names.", .object("", [.always("cameras", .array("", of: .text()))]))),
        Operation(
            "GET edits", "listEdits", "What was changed in the library",
            .json("The newest first.", Self.list("edits", of: "Edit"))),
        Operation(
            "POST edits/{id}/undo", "undoEdit", "Undo a change", Self.editResult,
            problems: [409: "It was undone already, or something came after it."]),
        Operation(
            "POST bin/empty", "emptyBin", "Delete what is in the bin, for ever",
            body: .json(
                .request(
                    "", [.maybe("photos", .array("Only these.", of: .number64(""), 0...RequestLimits.photosPerRequest))]
                )),
            .json("How many were deleted.", .object("", [.always("deleted", .integer())]))),
        Operation(
            "GET watched", "listWatchFailures", "What could not be taken from the watched folder",
            .json(
                "Files.",
                .object(
                    "",
                    [
                        .always(
                            "refused",
                            .array(
                                "", of: .object("", [.always("path", .text()), .always("failure", .text("Why."))])))
                    ]))),
    ]

    static let uploads: [Operation] = [
        Operation(
            "GET uploads", "listUploads", "Files of which not all has arrived",
            .json("The newest first.", Self.list("uploads", of: "UnfinishedUpload"))),
        Operation(
            "POST uploads", "beginUpload", "Begin to send a file in parts",
            "A photo, or a ZIP archive of photos. It goes on where it stopped after a broken connection or a restart.",
            body: .json(
                .request(
                    "",
                    [
                        .always("filename", .text("What it is called.", 1...255)),
                        .always("size", .integer("Bytes.", 1...PhotoLibrary.uploadBytesMaximum)),
                        .maybe("album", .number64("The album that it is put into.")),
                    ])),
            .json(201, "What the parts are sent to.", .reference("Upload")),
            problems: [
                404: "There is no such album.", 409: "A rule decides about the album's photos.",
                422: "It has no bytes.", 507: "The disk is full.",
            ]),
        Operation(
            "GET uploads/{id}", "getUpload", "How far a file has come", .json("The upload.", .reference("Upload"))),
        Operation(
            "PATCH uploads/{id}", "continueUpload", "Send the next part of a file",
            "What has arrived when the connection breaks stays; ask then how far it has come.",
            query: [
                .init(
                    "offset", .integer("Where the part begins.", 0...PhotoLibrary.uploadBytesMaximum), isRequired: true)
            ],
            body: .bytes(mediaTypes: ["application/octet-stream"], about: "The part.", isRequired: false),
            .json(
                "How far it has come, or what became of it.",
                .either("", [.reference("Upload"), .reference("FinishedUpload")])),
            problems: [
                409: "The part belongs elsewhere, or is too long.", 413: "It is too large.", 415: "It is no photo.",
                422: "It is damaged.", 507: "The disk is full.",
            ]),
        Operation("DELETE uploads/{id}", "cancelUpload", "Give up sending a file", .none("Done, or there was none.")),
        Operation(
            "GET upload-links", "listUploadLinks", "Links by which guests add photos",
            .json("The newest first.", Self.list("uploadLinks", of: "UploadLink"))),
        Operation(
            "POST upload-links", "makeUploadLink", "Make a link by which guests add photos to an album",
            body: .json(
                .request(
                    "",
                    [
                        .always("label", .text("For whom or what; who opens it reads this.", 1...100)),
                        .always("album", .number64("The album's number.")),
                        .maybe("days", .integer("How long it lasts; 14 unless said.", 1...365)),
                        .maybe("files", .integer("How many may come; 200 unless said.", 1...10_000)),
                    ])),
            .json(201, "The link. Its address is in this answer only.", .reference("UploadLink")),
            problems: [
                404: "There is no such album.", 409: "A rule decides about its photos.", 422: "A value is not allowed.",
            ]),
        Operation("DELETE upload-links/{id}", "endUploadLink", "End a link", .none("Done, or there was none.")),
    ]
}
