<?php
// Compare, detect, enrol and search without an SDK, signed as the official PHP SDK signs: RPC v1 and ROA v1.
//
//   VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… php sample.php one.jpg another.jpg
declare(strict_types=1);

$endpoint = getenv('VISAGE_ENDPOINT');
$keyId = getenv('VISAGE_KEY_ID');
$secret = getenv('VISAGE_KEY_SECRET');

function inline(string $path): string
{
    return 'base64://' . base64_encode(file_get_contents($path));
}

function post(string $url, array $headers, string $body): array
{
    $options = ['method' => 'POST', 'header' => $headers, 'content' => $body, 'timeout' => 10, 'ignore_errors' => true];
    return json_decode(file_get_contents($url, false, stream_context_create(['http' => $options])), true);
}

function rpc(string $action, array $parameters): array
{
    global $endpoint, $keyId, $secret;
    $parameters += [
        'Action' => $action, 'Version' => '2019-03-07', 'Format' => 'JSON', 'AccessKeyId' => $keyId,
        'SignatureMethod' => 'HMAC-SHA1', 'SignatureVersion' => '1.0', 'SignatureNonce' => bin2hex(random_bytes(16)),
        'Timestamp' => gmdate('Y-m-d\TH:i:s\Z'),
    ];
    ksort($parameters);
    $canonical = http_build_query($parameters, '', '&', PHP_QUERY_RFC3986);
    $string = 'POST&%2F&' . rawurlencode($canonical);
    $parameters['Signature'] = base64_encode(hash_hmac('sha1', $string, "$secret&", true));
    return post("$endpoint/", ['Content-Type: application/x-www-form-urlencoded'], http_build_query($parameters));
}

function green(string $path, array $body): array
{
    global $endpoint, $keyId, $secret;
    $content = json_encode($body, JSON_UNESCAPED_SLASHES);
    $date = gmdate('D, d M Y H:i:s') . ' GMT';
    $md5 = base64_encode(md5($content, true));
    $acs = [
        'x-acs-signature-method' => 'HMAC-SHA1', 'x-acs-signature-nonce' => bin2hex(random_bytes(16)),
        'x-acs-signature-version' => '1.0', 'x-acs-version' => '2018-05-09',
    ];
    $lines = implode('', array_map(fn ($name, $value) => "$name:$value\n", array_keys($acs), $acs));
    $string = "POST\napplication/json\n$md5\napplication/json\n$date\n$lines$path";
    $signature = base64_encode(hash_hmac('sha1', $string, $secret, true));
    $headers = ['Accept: application/json', 'Content-Type: application/json', "Content-MD5: $md5", "Date: $date"];
    foreach ($acs as $name => $value) {
        $headers[] = "$name: $value";
    }
    $answer = post($endpoint . $path, [...$headers, "Authorization: acs $keyId:$signature"], $content);
    if ($answer['code'] !== 200) {
        throw new RuntimeException("{$answer['code']}: {$answer['msg']}");
    }
    return $answer['data'];
}

function compare(string $one, string $another): array
{
    return rpc('CompareFaces', [
        'SourceImageType' => 'FacePic', 'SourceImageValue' => inline($one),
        'TargetImageType' => 'FacePic', 'TargetImageValue' => inline($another),
    ]);
}

[, $one, $another] = $argv;
$compared = compare($one, $another)['Data'];
$same = $compared['SimilarityScore'] >= (float) json_decode($compared['ConfidenceThresholds'], true)['0.001'];
printf("compare: %.2f, %s\n", $compared['SimilarityScore'], $same ? 'the same person' : 'two people');

$face = green('/green/face/detect', ['url' => inline($one)])['faces'][0];
printf("detect: smile %.2f, glasses %s, %s\n", $face['smile']['value'], $face['glasses']['value'], $face['hairstyle']['value']);

$person = ['personId' => 'sample-php'];
green('/green/sface/person/add', $person + ['groupIds' => ['samples-php'], 'name' => 'Sample']);
try {
    green('/green/sface/face/add', $person + ['urls' => [inline($one)]]);
    $task = ['url' => inline($another), 'extras' => ['groupId' => 'samples-php']];
    $result = green('/green/image/scan', ['scenes' => ['sface-n'], 'tasks' => [$task]])[0]['results'][0];
    $found = $result['topPersonData'][0]['persons'][0];
    printf("search: %s, %s, %.2f\n", $result['label'], $found['personId'], $result['rate']);
} finally {
    green('/green/sface/person/delete', $person);
}

printf("refused: %s\n", compare($one, '/dev/null')['Code']);
