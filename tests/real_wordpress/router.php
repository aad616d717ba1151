<?php
// For PHP's built-in server: files as they are, everything else to WordPress (which is what rewrite rules do).
$root = $_SERVER['DOCUMENT_ROOT'];
$file = $root . urldecode((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (is_file($file) || (is_dir($file) && is_file(rtrim($file, '/') . '/index.php') && $file !== "$root/")) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = "$root/index.php";
require "$root/index.php";
